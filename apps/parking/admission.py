"""Whether a vehicle may come in, as far as can be said without a lock: pure, from the entry and the site's facts."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from apps.core.errors import Conflict, DomainError, Invalid

from .opening_hours import is_open
from .plates import plate_key
from .site_facts import SiteFacts

CLOCK_SKEW = timedelta(seconds=60)
"""How far a gate's clock may run ahead of ours."""


class LocationClosed(Conflict):
    code, title = "location_closed", "The location is closed"


class EntryDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate reports of a vehicle coming in. Instants are aware; `entry_time` None means now."""

    vehicle_number: str
    vehicle_type: str
    location_id: UUID
    gate_id: UUID | None = None
    driver_name: str | None = None
    driver_phone: str | None = None
    transport_name: str | None = None
    notes: str | None = None
    source: str = "api"
    entry_time: datetime | None = None
    expected_exit_time: datetime | None = None
    event_id: str | None = None


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided: the plate's key, and the instants from which and until which the vehicle may stand."""

    plate_key: str
    entry_time: datetime
    allowed_until: datetime


def decide(entry: EntryDetails, facts: SiteFacts, *, at: datetime) -> Admission:
    """Admit an entry. Raises Invalid for wrong values, LocationClosed."""
    refusals = list(find_refusals(entry, facts, at=at))
    if not refusals:
        entered = entry.entry_time or at
        return Admission(
            plate_key=plate_key(entry.vehicle_number),
            entry_time=entered,
            allowed_until=entry.expected_exit_time or entered + timedelta(minutes=facts.allowed_stay_minutes),
        )
    if len(refusals) == 1:
        raise refusals[0]
    fields = tuple(error for refusal in refusals for error in refusal.errors)
    if not fields:
        raise refusals[0]
    raise Invalid(" ".join(error.message for error in fields), errors=fields)


def find_refusals(entry: EntryDetails, facts: SiteFacts, *, at: datetime) -> list[DomainError]:
    """Everything that speaks against an entry."""
    found: list[DomainError] = []
    entered = entry.entry_time or at
    try:
        plate_key(entry.vehicle_number)
    except Invalid as refusal:
        found.append(refusal)
    if entry.vehicle_type not in facts.vehicle_types:
        known = ", ".join(sorted(facts.vehicle_types))
        message = f"{entry.vehicle_type[:40]!r} is not a vehicle type here; the types are {known}."
        found.append(Invalid.field("vehicleType", "unknown_vehicle_type", message))
    found.extend(_gate_refusals(entry, facts))
    if entered > at + CLOCK_SKEW:
        found.append(Invalid.field("entryTime", "in_future", "The entry lies in the future; check the gate's clock."))
    if entry.expected_exit_time is not None and entry.expected_exit_time <= entered:
        message = "The expected exit must be after the entry."
        found.append(Invalid.field("expectedExitTime", "before_entry", message))
    if not is_open(facts.opening_hours, timezone=facts.timezone, at=entered):
        local = f"{facts.name} is closed at this time (time zone {facts.timezone})."
        found.append(LocationClosed(local))
    return found


def _gate_refusals(entry: EntryDetails, facts: SiteFacts) -> list[Invalid]:
    if entry.gate_id is None:
        return []
    direction = facts.gates.get(str(entry.gate_id))
    if direction is None:
        return [Invalid.field("gateId", "unknown_gate", f"{facts.name} has no gate {entry.gate_id}.")]
    return [Invalid.field("gateId", "exit_gate", "This gate is for exits only.")] if direction == "exit" else []


__all__ = ["Admission", "EntryDetails", "LocationClosed", "decide", "find_refusals"]
