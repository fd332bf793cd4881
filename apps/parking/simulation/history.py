"""A simulated history written in bulk: what the gate's commands would have left, move by move, in seconds.

Undelivered is all that it leaves out: the events are history, so the relay does not hear of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from django.db import connection

from apps.billing.public import ChargedStay, PastCharge, StayFacts, charge_past_stays
from apps.core import changes, tenancy
from apps.core.actor import SYSTEM, Actor
from apps.core.events.publish import NotInTransaction, metadata
from apps.core.events.sealing import seal_history
from apps.core.ids import new_id
from apps.parking.commands.overstays import KIND as OVERSTAY

from .counters import lock_counters, store_counters
from .history_rows import DEADLINE_COLUMNS, ENTRY_COLUMNS, EVENT_COLUMNS, PastStay, Place, Row, event_row
from .moves import Arrival, Departure, Move, OverstayTick

CHUNK = 4_000
_RESERVE = """
SELECT setval(sequence, nextval(sequence) + %s - 1)
FROM (SELECT pg_get_serial_sequence('core_event', 'position')::regclass AS sequence) s
"""


def write_history(
    moves: Sequence[Move],
    *,
    places: Mapping[str, Place],
    staff: Mapping[str, Actor],
    progress: Callable[[int], object] = lambda done: None,
) -> None:
    """Write moves at the current tenant's locations, in the caller's transaction, telling `progress` of moves done.

    `places` are by the name of the site, `staff` by who records. Runs with the role that owns the tables. Raises
    NotInTransaction, and what the database refuses: the moves are trusted to be possible ones.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("a history is written whole or not at all")
    writer = _HistoryWriter(places, staff)
    with _events_not_delivered():
        left = iter(moves)
        writer.reserve(sum(_positions(move) for move in moves))
        while chunk := list(islice(left, CHUNK)):
            writer.write(chunk)
            progress(len(chunk))
        writer.finish()
    changes.announce()


@contextmanager
def _events_not_delivered() -> Iterator[None]:
    # also locks the table against other writers, so that the positions reserved are the next ones for everybody
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER event_to_outbox")
        yield
        cursor.execute("ALTER TABLE core_event ENABLE TRIGGER event_to_outbox")
    seal_history()


def _positions(move: Move) -> int:
    """How many events a move may have: an exit's payment comes before the exit."""
    match move:
        case Arrival():
            return 1
        case Departure():
            return 2
        case OverstayTick():
            return len(move.stays)


class _HistoryWriter:
    def __init__(self, places: Mapping[str, Place], staff: Mapping[str, Actor]) -> None:
        self._places = places
        self._staff = staff
        self._operators = {name: actor.id for name, actor in staff.items()}
        self._metadata = {name: metadata(actor) for name, actor in staff.items()}
        self._system = metadata(SYSTEM)
        self._counters = lock_counters(place.location_id for place in places.values())
        self._stays: dict[int, PastStay] = {}
        self._position = 0

    def reserve(self, events: int) -> None:
        """Take so many positions of the event table."""
        with connection.cursor() as cursor:
            cursor.execute(_RESERVE, [events])
            self._position = cursor.fetchone()[0] - events + 1

    def write(self, moves: Sequence[Move]) -> None:
        entries: list[Row] = []
        events: list[Row] = []
        for move in moves:
            if isinstance(move, Arrival):
                self._stays[move.stay.number] = PastStay(
                    id=new_id(), planned=move.stay, place=self._places[move.stay.site]
                )
        charged = iter(self._charge(moves))
        for move in moves:
            match move:
                case Arrival():
                    events.append(self._arrive(move))
                case OverstayTick():
                    events.extend(self._tick(move))
                case Departure():
                    entry, event = self._depart(move, next(charged))
                    entries.append(entry)
                    events.append(event)
        _copy("parking_parkingentry", ENTRY_COLUMNS, entries)
        _copy("core_event", EVENT_COLUMNS, events)

    def finish(self) -> None:
        """Write what is still parked, and the counters."""
        parked = self._stays.values()
        tenant_id = tenancy.current().id
        due = [
            (stay.id, tenant_id, OVERSTAY, stay.planned.allowed_until) for stay in parked if stay.overstayed_at is None
        ]
        _copy("parking_parkingentry", ENTRY_COLUMNS, [stay.row(self._operators, exited=False) for stay in parked])
        _copy("public.core_shared_deadline", DEADLINE_COLUMNS, due)
        store_counters(self._counters.values())

    def _charge(self, moves: Sequence[Move]) -> list[ChargedStay]:
        position = self._position
        charges = []
        for move in moves:
            if isinstance(move, Departure):
                stay = self._stays[move.stay.number]
                facts = StayFacts(
                    stay_id=stay.id,
                    location_id=stay.place.location_id,
                    vehicle_type=move.stay.vehicle_type,
                    entry_at=move.stay.entry_at,
                    exit_at=move.at,
                    allowed_until=move.stay.allowed_until,
                )
                actor = self._staff[move.stay.exit_recorded_by]
                charges.append(
                    PastCharge(stay=facts, actor=actor, at=move.at, paid_by=move.stay.paid_by, event_position=position)
                )
            position += _positions(move)
        return charge_past_stays(charges=charges)

    def _arrive(self, move: Arrival) -> Row:
        stay = self._stays[move.stay.number]
        counter = self._counters[stay.place.location_id]
        counter.enter(move.stay.vehicle_type, move.at)
        self._position += 1
        return event_row(
            self._position - 1,
            stay.entered(counter.after()),
            version=1,
            at=move.at,
            metadata=self._metadata[move.stay.recorded_by],
        )

    def _tick(self, move: OverstayTick) -> list[Row]:
        found: dict[UUID, list[PastStay]] = {}
        for planned in move.stays:
            stay = self._stays[planned.number]
            stay.overstayed_at = move.at
            stay.version += 1
            found.setdefault(stay.place.location_id, []).append(stay)
        rows = []
        for location_id, stays in found.items():
            counter = self._counters[location_id]
            counter.mark_overstays(len(stays), move.at)
            for stay in stays:
                event = stay.overstay_detected(counter.after(), at=move.at)
                rows.append(event_row(self._position, event, version=stay.version, at=move.at, metadata=self._system))
                self._position += 1
        return rows

    def _depart(self, move: Departure, charged: ChargedStay) -> tuple[Row, Row]:
        stay = self._stays.pop(move.stay.number)
        counter = self._counters[stay.place.location_id]
        counter.leave(move.stay.vehicle_type, move.at, overstayed=stay.overstayed_at is not None)
        stay.version += 1
        self._position += 2
        fee = charged.fee.total_amount if charged.fee else None
        event = event_row(
            self._position - 1,
            stay.exited(counter.after(), at=move.at, total_fee=fee),
            version=stay.version,
            at=move.at,
            metadata=self._metadata[move.stay.exit_recorded_by],
        )
        return stay.row(self._operators, exited=True), event


def _copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
