"""A vehicle comes in."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec
import psycopg
from django.db import transaction

from apps.auth.public import Limit, within_limit
from apps.billing.public import StayFacts, tell_of_stay
from apps.core import changes, reach, tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict, Invalid
from apps.core.events.publish import encode_event, metadata
from apps.core.ids import new_id
from apps.parking.admission import EntryDetails, LocationClosed, decide
from apps.parking.events import VehicleEntered
from apps.parking.queries.months import count_entries_of_month
from apps.parking.site_facts import SiteFacts, get_site_facts
from apps.parking.stays import COLUMNS, Stay

from .event_ids import EventIdReused
from .occupancy_sql import AFTER


class AlreadyParked(Conflict):
    code, title = "already_parked", "This vehicle is parked already"


class LocationFull(Conflict):
    code, title = "location_full", "The location is full"


class ChangedMeanwhile(Conflict):
    code, title = "changed_meanwhile", "The location or the vehicle's stay was changed at the same moment; try again"


TRIES = 4


class RecordedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The stay, and whether it was recorded before under the same `eventId`."""

    stay: Stay
    replayed: bool = False


_HAS_PLACE = """(
        allow_overbooking OR (
            occupied < capacity AND coalesce((by_type ->> %(type)s::text)::int, 0)
                < coalesce((capacities ->> %(type)s::text)::int, capacity)))"""

# The whole command. The counter's row is locked first, here as in every command (docs/locking.md), and says whether
# there is a place; no row updated: full, or decided on old facts. The unique index refuses a plate that is parked.
_RECORD = Statement(
    f"""
WITH place AS (
    UPDATE {{schema}}.parking_occupancy SET
        occupied = occupied + 1,
        by_type = by_type || jsonb_build_object(%(type)s::text, coalesce((by_type ->> %(type)s::text)::int, 0) + 1),
        version = version + 1,
        changed_at = %(now)s
    WHERE location_id = %(location)s AND config_version = %(config_version)s AND {_HAS_PLACE}
    RETURNING location_id, capacity, occupied, overstays, by_type, version
), stay AS (
    INSERT INTO {{schema}}.parking_parkingentry (id, location_id, vehicle_number, plate_key, vehicle_type, driver_name,
        driver_phone, transport_name, notes, source, gate_id, operator_id, entry_time, expected_exit_time,
        allowed_until, status, event_id, version)
    SELECT %(id)s, location_id, %(plate)s, %(plate_key)s, %(type)s, %(driver)s, %(phone)s, %(transport)s, %(notes)s,
        %(source)s, %(gate)s, %(operator)s, %(entered)s, %(expected)s, %(until)s, 'parked', %(event_id)s, 1
    FROM place
), deadline AS (
    INSERT INTO public.core_shared_deadline (subject_id, tenant_id, kind, due_at)
    SELECT %(id)s, %(tenant)s, 'overstay', %(until)s FROM place
), event AS (
    INSERT INTO {{schema}}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
        occurred_at, data, metadata)
    SELECT %(event)s, 'parking_entry', %(id)s, 1, 'VehicleEntered', {VehicleEntered.schema_version}, %(now)s,
        %(data)s::jsonb || jsonb_build_object('occupancy', {AFTER}), %(metadata)s::jsonb
    FROM place
)
SELECT version FROM place
""",
    guarded=True,
)
_LOCK = Statement("""
SELECT config_version FROM {schema}.parking_occupancy WHERE location_id = %(location)s FOR UPDATE
""")
# In one statement, so that what it says was true at one moment.
_WHY = Statement(f"""
SELECT o.config_version, occupied, capacity, {_HAS_PLACE}, e.id, e.location_id, e.entry_time
FROM {{schema}}.parking_occupancy o
    LEFT JOIN {{schema}}.parking_parkingentry e ON e.plate_key = %(plate_key)s AND e.exit_time IS NULL
WHERE o.location_id = %(location)s
""")
_BY_EVENT = Statement(f"SELECT {COLUMNS}, plate_key FROM {{schema}}.parking_parkingentry WHERE event_id = %(event_id)s")


def record_vehicle_entry(*, entry: EntryDetails, at: datetime, actor: Actor) -> RecordedEntry:
    """Admit a vehicle to a location of the current tenant, once for each `event_id`.

    Raises Invalid, LocationNotFound, LocationClosed, LocationFull, AlreadyParked (with the open entry's id),
    EventIdReused, LimitReached, Invalid for a fact that the price list does not ask for; nothing is written then.
    """
    with within_limit(Limit.ENTRIES_PER_MONTH, lambda: count_entries_of_month(entry.entry_time or at)):
        recorded = _record_and_tell(entry, at=at, actor=actor)
    if not recorded.replayed:
        changes.announce()
    return recorded


def _record_and_tell(entry: EntryDetails, *, at: datetime, actor: Actor) -> RecordedEntry:
    """The usual entry is one statement; one with facts hands them to the till in the same transaction."""
    if not entry.facts:
        return _record_on_present_facts(entry, at=at, actor=actor)
    with transaction.atomic():
        recorded = _record_on_present_facts(entry, at=at, actor=actor)
        if not recorded.replayed:
            # nobody else knows of the stay yet, so its account may be made after the counter was locked
            tell_of_stay(stay=_as_billing_wants_it(recorded.stay), facts=entry.facts, actor=actor, at=at)
        return recorded


def _as_billing_wants_it(stay: Stay) -> StayFacts:
    return StayFacts(
        stay_id=stay.id,
        location_id=stay.location_id,
        vehicle_type=stay.vehicle_type,
        entry_at=stay.entry_time,
        allowed_until=stay.allowed_until,
        vehicle_number=stay.vehicle_number,
        transport_name=stay.transport_name,
    )


def _record_on_present_facts(entry: EntryDetails, *, at: datetime, actor: Actor) -> RecordedEntry:
    """Try on what this process remembers, then on what the database says, then while nobody can change it."""
    for attempt in range(TRIES):
        remembered, contested = attempt == 0, attempt > 1
        try:
            with _unchanging(entry.location_id) if contested else contextlib.nullcontext():
                return _record(entry, get_site_facts(entry.location_id, fresh=not remembered), at=at, actor=actor)
        except (Invalid, LocationClosed):
            if not remembered:  # what is remembered may admit, for that is checked; only the present refuses
                raise
        except ChangedMeanwhile:
            pass
    raise ChangedMeanwhile("Send the entry again.")


@contextlib.contextmanager
def _unchanging(location_id: UUID) -> Iterator[None]:
    with transaction.atomic():
        _LOCK.run({"location": location_id})
        yield


def _record(entry: EntryDetails, facts: SiteFacts, *, at: datetime, actor: Actor) -> RecordedEntry:
    admission = decide(entry, facts, at=at)
    tenant_id = tenancy.current().id
    stay = Stay(
        id=new_id(),
        location_id=entry.location_id,
        vehicle_number=entry.vehicle_number.strip(),
        vehicle_type=entry.vehicle_type,
        driver_name=entry.driver_name or "",
        driver_phone=entry.driver_phone or "",
        transport_name=entry.transport_name or "",
        notes=entry.notes or "",
        entry_time=admission.entry_time,
        expected_exit_time=admission.expected_exit_time,
        allowed_until=admission.allowed_until,
        exit_time=None,
        status="parked",
        source=entry.source,
        operator_id=actor.id,
        gate_id=entry.gate_id,
        version=1,
    )
    event = VehicleEntered(
        entry_id=stay.id,
        tenant_id=tenant_id,
        location_id=stay.location_id,
        vehicle_number=stay.vehicle_number,
        vehicle_type=stay.vehicle_type,
        entry_time=stay.entry_time,
        allowed_until=stay.allowed_until,
        expected_exit_time=stay.expected_exit_time,
    )
    parameters = {
        "id": stay.id,
        "tenant": tenant_id,
        "location": stay.location_id,
        "config_version": facts.config_version,
        "plate": stay.vehicle_number,
        "plate_key": admission.plate_key,
        "type": stay.vehicle_type,
        "driver": stay.driver_name,
        "phone": stay.driver_phone,
        "transport": stay.transport_name,
        "notes": stay.notes,
        "source": stay.source,
        "gate": stay.gate_id,
        "operator": stay.operator_id,
        "entered": stay.entry_time,
        "expected": stay.expected_exit_time,
        "until": stay.allowed_until,
        "event_id": entry.event_id,
        "now": at,
        "event": new_id(),
        "data": encode_event(event),
        "metadata": metadata(actor),
    }
    collided = False
    try:
        admitted = _RECORD.run(parameters)
    except psycopg.errors.UniqueViolation:
        admitted, collided = [], True
    if not admitted:
        return _repeated_or_refused(entry, admission.plate_key, facts, collided=collided)
    return RecordedEntry(stay=stay)


def _repeated_or_refused(entry: EntryDetails, key: str, facts: SiteFacts, *, collided: bool) -> RecordedEntry:
    """Nothing was written: find out why. A report that came before outranks all other reasons."""
    if entry.event_id is not None and (known := _BY_EVENT.run({"event_id": entry.event_id})):
        *columns, known_key = known[0]
        stay = Stay.of_row(tuple(columns))
        if known_key != key or stay.location_id != entry.location_id:
            raise EventIdReused
        return RecordedEntry(stay=stay, replayed=True)
    found = _WHY.run({"location": entry.location_id, "plate_key": key, "type": entry.vehicle_type})
    config_version, occupied, capacity, has_place, entry_id, location_id, since = found[0]
    if entry_id is not None and not reach.includes(location_id):
        raise AlreadyParked(f"{entry.vehicle_number.strip()} is parked at a location that you do not look after.")
    if entry_id is not None:
        raise AlreadyParked(
            f"{entry.vehicle_number.strip()} is parked since {since:%Y-%m-%d %H:%M} UTC; record its exit first.",
            facts={"entryId": entry_id, "locationId": location_id},
        )
    if collided or has_place or config_version != facts.config_version:  # whatever was in the way has just left
        raise ChangedMeanwhile
    limit = "its places for that type are taken" if occupied < capacity else f"all {capacity} places are taken"
    raise LocationFull(
        f"{facts.name} has no place left for a {entry.vehicle_type}: {limit}.",
        facts={"occupied": occupied, "total": capacity},
    )
