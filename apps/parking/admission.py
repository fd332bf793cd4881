"""Whether a vehicle may come in, as far as can be said without a lock: pure, from the entry and the site's facts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from apps.core.errors import Conflict, DomainError, Invalid

from .opening_hours import is_open
from .plates import plate_key
from .site_facts import SiteFacts

CLOCK_SKEW = timedelta(seconds=60)
"""How far a gate's clock may run ahead of ours."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_STAY = timedelta(days=3653)


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
    facts: dict[str, bool | int | str] = {}


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided: the plate's key, and the instants (UTC) from which and until which the vehicle may stand."""

    plate_key: str
    entry_time: datetime
    expected_exit_time: datetime | None
    allowed_until: datetime


def decide(entry: EntryDetails, facts: SiteFacts, *, at: datetime) -> Admission:
    """Admit an entry. Raises Invalid for wrong values, LocationClosed."""
    refusals = list(find_refusals(entry, facts, at=at))
    if not refusals:
        entered = (entry.entry_time or at).astimezone(UTC)
        expected = entry.expected_exit_time and entry.expected_exit_time.astimezone(UTC)
        return Admission(
            plate_key=plate_key(entry.vehicle_number),
            entry_time=entered,
            expected_exit_time=expected,
            allowed_until=expected or entered + timedelta(minutes=facts.allowed_stay_minutes),
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
    times = _time_refusals(entered, entry.expected_exit_time, at=at)
    if not times and not is_open(facts.opening_hours, timezone=facts.timezone, at=entered):
        return [*found, LocationClosed(f"{facts.name} is closed at this time (time zone {facts.timezone}).")]
    return found + times


def _time_refusals(entered: datetime, expected: datetime | None, *, at: datetime) -> list[DomainError]:
    found: list[DomainError] = []
    if entered > at + CLOCK_SKEW:
        found.append(Invalid.field("entryTime", "in_future", "The entry lies in the future; check the gate's clock."))
    if entered < EARLIEST:
        found.append(Invalid.field("entryTime", "too_old", "The entry lies before the year 2000; check the clock."))
    elif expected is not None and expected <= entered:
        found.append(Invalid.field("expectedExitTime", "before_entry", "The expected exit must be after the entry."))
    elif expected is not None and expected - entered > LONGEST_STAY:
        found.append(Invalid.field("expectedExitTime", "too_far", "The expected exit is more than ten years away."))
    return found


def _gate_refusals(entry: EntryDetails, facts: SiteFacts) -> list[Invalid]:
    if entry.gate_id is None:
        return []
    direction = facts.gates.get(str(entry.gate_id))
    if direction is None:
        return [Invalid.field("gateId", "unknown_gate", f"{facts.name} has no gate {entry.gate_id}.")]
    return [Invalid.field("gateId", "exit_gate", "This gate is for exits only.")] if direction == "exit" else []
