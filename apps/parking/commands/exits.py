"""A vehicle leaves: the till names the fee, the place becomes free, the stay ends, all in one transaction."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import psycopg

from apps.billing.public import AlreadyCharged, ChargedStay, StayFacts, TakePayment, charge_stay, find_charge
from apps.core import changes, reach, tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement, together
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events.publish import encode_event, metadata
from apps.core.ids import new_id
from apps.parking.admission import CLOCK_SKEW
from apps.parking.events import VehicleExited
from apps.parking.plates import plate_key
from apps.parking.site_facts import get_site_facts
from apps.parking.stays import COLUMNS, Stay

from .event_ids import EventIdReused
from .occupancy_sql import AFTER


class NotParked(NotFound):
    code, title = "not_parked", "This vehicle is not parked"
    audited = False  # a mistyped plate is a gate's daily business


class AlreadyExited(Conflict):
    code, title = "already_exited", "This vehicle has left already"


class ParkedElsewhere(Conflict):
    code, title = "parked_elsewhere", "This vehicle is parked at another location"


class StayChanged(Conflict):
    code, title = "stay_changed", "The stay was changed at the same moment; try again"


TRIES = 4


class ExitDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate reports of a vehicle going out, named by its plate or its entry. `exit_time` None means now."""

    vehicle_number: str | None = None
    entry_id: UUID | None = None
    location_id: UUID | None = None
    gate_id: UUID | None = None
    exit_time: datetime | None = None
    payment: TakePayment | None = None
    event_id: str | None = None
    facts: dict[str, bool | int | str] = {}


class RecordedExit(msgspec.Struct, frozen=True, kw_only=True):
    """The ended stay with what it cost, and whether it was recorded before under the same `eventId`."""

    stay: Stay
    charge: ChargedStay
    replayed: bool = False


_STAY = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
_FIND = f"""
SELECT {_STAY}, l.payment_required, l.shift_required
FROM {{schema}}.parking_parkingentry e JOIN {{schema}}.parking_location l ON l.id = e.location_id
"""
_OPEN_BY_PLATE = Statement(_FIND + "WHERE e.plate_key = %(key)s AND e.exit_time IS NULL")
_BY_ID = Statement(_FIND + "WHERE e.id = %(id)s")
_BY_EVENT = Statement(_FIND + "WHERE e.exit_event_id = %(event_id)s")

# The counter's row, then the stay, as everywhere (docs/locking.md; the till's rows were taken before); the stay
# only if it is still the one that was priced.
_RECORD = Statement(
    f"""
WITH place AS (
    UPDATE {{schema}}.parking_occupancy SET
        occupied = occupied - 1,
        overstays = overstays - %(was_overstay)s::int,
        by_type = by_type || jsonb_build_object(%(type)s::text, (by_type ->> %(type)s::text)::int - 1),
        version = version + 1,
        changed_at = %(now)s
    WHERE location_id = %(location)s
    RETURNING location_id, capacity, occupied, overstays, by_type, version
), stay AS (
    UPDATE {{schema}}.parking_parkingentry AS e SET exit_time = %(exit)s, status = 'exited',
        exit_event_id = %(event_id)s, exit_operator_id = %(operator)s, exit_gate_id = %(gate)s, version = e.version + 1
    FROM place
    WHERE e.id = %(id)s AND e.exit_time IS NULL AND e.version = %(seen)s
    RETURNING e.id
), deadline AS (
    DELETE FROM public.core_shared_deadline WHERE subject_id = %(id)s
), event AS (
    INSERT INTO {{schema}}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
        occurred_at, data, metadata)
    SELECT %(event)s, 'parking_entry', stay.id, %(seen)s + 1, 'VehicleExited', {VehicleExited.schema_version}, %(now)s,
        %(data)s::jsonb || jsonb_build_object('occupancy', {AFTER}), %(metadata)s::jsonb
    FROM place, stay
)
SELECT id FROM stay
"""
)


def record_vehicle_exit(*, exit: ExitDetails, at: datetime, actor: Actor) -> RecordedExit:
    """End the open stay of a vehicle, charge it, take its payment; once for each `event_id`.

    Raises NotParked, AlreadyExited, ParkedElsewhere, LocationNotFound, StayChanged, EventIdReused, Invalid, and
    what the till refuses (billing: PaymentRequired, Underpaid, Overpaid); nothing is written then.
    """
    for _ in range(TRIES):
        try:
            return _find_recorded(exit) or _record_now(exit, at=at, actor=actor)
        except StayChanged:
            continue  # the tick has just marked it: price it as it is now
        except (NotParked, AlreadyExited):
            recorded = _find_recorded(exit)
            if recorded is None:
                raise
            return recorded  # the same report, sent twice, has just been recorded
    raise StayChanged("Look the stay up and try again.")


def _record_now(exit: ExitDetails, *, at: datetime, actor: Actor) -> RecordedExit:
    stay, payment_required, shift_required = _find_open(exit)
    _require_exit_gate(exit.gate_id, stay.location_id)
    exited_at = _decide_exit_time(exit, stay, at=at)
    try:
        with together():
            charge = charge_stay(
                stay=StayFacts(
                    stay_id=stay.id,
                    location_id=stay.location_id,
                    vehicle_type=stay.vehicle_type,
                    entry_at=stay.entry_time,
                    exit_at=exited_at,
                    allowed_until=stay.allowed_until,
                    payment_required=payment_required,
                    shift_required=shift_required,
                    vehicle_number=stay.vehicle_number,
                    transport_name=stay.transport_name,
                    facts=exit.facts,
                ),
                payment=exit.payment,
                actor=actor,
                at=at,
            )
            _record(exit, stay, exited_at, charge, at=at, actor=actor)
    except (AlreadyCharged, psycopg.errors.UniqueViolation) as error:  # another exit of this stay has just acted
        raise AlreadyExited(f"{stay.vehicle_number} has just left.", facts={"entryId": stay.id}) from error
    changes.announce()
    ended = msgspec.structs.replace(stay, exit_time=exited_at, status="exited", version=stay.version + 1)
    return RecordedExit(stay=ended, charge=charge)


def _find_open(exit: ExitDetails) -> tuple[Stay, bool, bool]:
    if exit.entry_id is not None:
        found = _BY_ID.run({"id": exit.entry_id})
        named = f"entry {exit.entry_id}"
    elif exit.vehicle_number is not None:
        found = _OPEN_BY_PLATE.run({"key": plate_key(exit.vehicle_number)})
        named = exit.vehicle_number
    else:
        raise Invalid.field("vehicleNumber", "required", "Name the vehicle by vehicleNumber or entryId.")
    if not found or not reach.includes(Stay.of_row(found[0][:-2]).location_id):
        raise NotParked(f"There is no open stay of {named}; check the plate, or record the missed entry first.")
    stay, payment_required, shift_required = Stay.of_row(found[0][:-2]), *found[0][-2:]
    if stay.exit_time is not None:
        raise AlreadyExited(
            f"{stay.vehicle_number} left at {stay.exit_time:%Y-%m-%d %H:%M} UTC.", facts={"entryId": stay.id}
        )
    if exit.vehicle_number is not None and plate_key(exit.vehicle_number) != plate_key(stay.vehicle_number):
        raise Invalid.field("vehicleNumber", "other_vehicle", f"This entry is of {stay.vehicle_number}.")
    if exit.location_id is not None and exit.location_id != stay.location_id:
        get_site_facts(exit.location_id)  # one that is not there at all is told so
        raise ParkedElsewhere(
            f"{stay.vehicle_number} is parked at another location; record the exit there.",
            facts={"entryId": stay.id, "locationId": stay.location_id},
        )
    return stay, payment_required, shift_required


def _require_exit_gate(gate_id: UUID | None, location_id: UUID) -> None:
    if gate_id is None:
        return
    direction = None
    for fresh in (False, True):  # a gate may be newer than what this process remembers
        direction = get_site_facts(location_id, fresh=fresh).gates.get(str(gate_id))
        if direction in ("exit", "both"):
            return
    if direction is None:
        raise Invalid.field("gateId", "unknown_gate", f"The vehicle's location has no gate {gate_id}.")
    raise Invalid.field("gateId", "entry_gate", "This gate is for entries only.")


def _decide_exit_time(exit: ExitDetails, stay: Stay, *, at: datetime) -> datetime:
    exited_at = exit.exit_time or max(at, stay.entry_time)
    if exited_at < stay.entry_time:
        message = f"The exit lies before the entry at {stay.entry_time:%Y-%m-%dT%H:%M:%SZ}; check the gate's clock."
        raise Invalid.field("exitTime", "exit_before_entry", message)
    if exited_at > at + CLOCK_SKEW:
        raise Invalid.field("exitTime", "in_future", "The exit lies in the future; check the gate's clock.")
    return exited_at.astimezone(UTC)


def _record(
    exit: ExitDetails, stay: Stay, exited_at: datetime, charge: ChargedStay, *, at: datetime, actor: Actor
) -> None:
    event = VehicleExited(
        entry_id=stay.id,
        tenant_id=tenancy.current().id,
        location_id=stay.location_id,
        vehicle_number=stay.vehicle_number,
        vehicle_type=stay.vehicle_type,
        entry_time=stay.entry_time,
        exit_time=exited_at,
        duration=duration_minutes(stay.entry_time, exited_at),
        total_fee=charge.fee.total_amount if charge.fee else None,
        currency=tenancy.current().currency,
    )
    ended = _RECORD.run(
        {
            "id": stay.id,
            "location": stay.location_id,
            "type": stay.vehicle_type,
            "was_overstay": stay.status == "overstay",
            "seen": stay.version,
            "exit": exited_at,
            "event_id": exit.event_id,
            "operator": actor.id,
            "gate": exit.gate_id,
            "now": at,
            "event": new_id(),
            "data": encode_event(event),
            "metadata": metadata(actor),
        }
    )
    if not ended:
        raise StayChanged("The stay was changed or ended at the same moment; look it up and try again.")


def _find_recorded(exit: ExitDetails) -> RecordedExit | None:
    """What the same report was answered before. Raises EventIdReused."""
    if exit.event_id is None or not (known := _BY_EVENT.run({"event_id": exit.event_id})):
        return None
    stay = Stay.of_row(known[0][:-2])
    same_plate = exit.vehicle_number is None or plate_key(exit.vehicle_number) == plate_key(stay.vehicle_number)
    same_stay = exit.entry_id in (None, stay.id) and exit.location_id in (None, stay.location_id)
    if not (same_plate and same_stay and reach.includes(stay.location_id)):
        raise EventIdReused
    return RecordedExit(stay=stay, charge=find_charge(stay_id=stay.id), replayed=True)


def duration_minutes(entered: datetime, left: datetime) -> int:
    """Minutes of a stay, a started one counted whole; fractions of a second do not count, as the till has it."""
    elapsed = left - entered
    return -(-(elapsed.days * 86_400 + elapsed.seconds) // 60)
