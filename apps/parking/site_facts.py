"""What an admission has to know of a location, remembered per process and checked where it counts.

A remembered fact may be old. The statement that records an entry names the `config_version` that it was decided
on and writes nothing when that has moved; the command then reads the facts anew.
"""

from uuid import UUID

import msgspec

from apps.core import reach, tenancy
from apps.core.db.statement import Statement
from apps.core.errors import NotFound

from .opening_hours import OpeningHours


class LocationNotFound(NotFound):
    code, title = "location_not_found", "There is no such location"


class SiteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A location's rules. `gates` maps an id to its direction."""

    location_id: UUID
    name: str
    timezone: str
    opening_hours: OpeningHours
    allowed_stay_minutes: int
    payment_required: bool
    gates: dict[str, str]
    vehicle_types: frozenset[str]
    config_version: int


_READ = Statement("""
SELECT l.name, l.timezone, l.opening_hours, l.allowed_stay_minutes, l.payment_required,
       (SELECT coalesce(jsonb_object_agg(g.id, g.direction), '{}')
        FROM {schema}.parking_gate g WHERE g.location_id = l.id),
       (SELECT array_agg(t.code) FROM {schema}.parking_vehicletype t),
       o.config_version
FROM {schema}.parking_location l JOIN {schema}.parking_occupancy o ON o.location_id = l.id
WHERE l.id = %(location)s
""")
_remembered: dict[tuple[str, UUID], SiteFacts] = {}


def get_site_facts(location_id: UUID, *, fresh: bool = False) -> SiteFacts:
    """The facts of one of the tenant's locations. Raises LocationNotFound."""
    key = (tenancy.current().schema, location_id)
    within = reach.includes(location_id)
    if within and not fresh and (kept := _remembered.get(key)) is not None:
        return kept
    rows = _READ.run({"location": location_id}) if within else []
    if not rows:
        _remembered.pop(key, None)
        raise LocationNotFound(
            f"There is no location {location_id} in this tenant; list them by GET parking/locations."
        )
    name, timezone, hours, stay, payment, gates, types, version = rows[0]
    facts = SiteFacts(
        location_id=location_id,
        name=name,
        timezone=timezone,
        opening_hours=msgspec.json.decode(hours),  # Django leaves JSON as text
        allowed_stay_minutes=stay,
        payment_required=payment,
        gates=msgspec.json.decode(gates),
        vehicle_types=frozenset(types or ()),
        config_version=version,
    )
    _remembered[key] = facts
    return facts
