"""A file of stays driven through the commands that a gate uses, its occupancy held against an oracle."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from apps.core.actor import Actor, ActorKind
from apps.core.db.statement import Statement
from apps.core.errors import DomainError, Unavailable
from apps.parking.admission import EntryDetails
from apps.parking.commands import ExitDetails, record_vehicle_entry, record_vehicle_exit

from .replay_account import REFUSED_BEFORE, ReplayAccount
from .stay_file import ENTRY, GateEvent, StayFile

GATE = Actor(kind=ActorKind.SYSTEM, name="replay")
# What a gate would send again, for it says that someone else was quicker and nothing of the report itself.
TRY_AGAIN = {"stay_changed", "changed_meanwhile", "rates_changing"}
TRIES = 20
PAUSE_SECONDS = 0.25

_COUNTER = Statement("SELECT occupied FROM {schema}.parking_occupancy WHERE location_id = %(location)s")
_ON_RECORD = Statement("""
SELECT event_id, exit_event_id FROM {schema}.parking_parkingentry
WHERE location_id = %(location)s AND (event_id LIKE %(like)s OR exit_event_id LIKE %(like)s)
""")


class OccupancyDiffers(RuntimeError):
    """The database does not count entries less exits: a fault of the platform, or another gate beside this one."""


class ReplayTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file's vehicles go, and as what; `key` names file and location in event ids and plates."""

    location_id: UUID
    vehicle_type: str
    key: str

    @classmethod
    def of(cls, file: StayFile, *, location_id: UUID, vehicle_type: str) -> "ReplayTarget":
        """The same file at the same location has the same key, so that a second run repeats the first."""
        key = hashlib.sha256(f"{file.digest}:{location_id}".encode()).hexdigest()[:16]
        return cls(location_id=location_id, vehicle_type=vehicle_type, key=key)

    def event_id(self, event: GateEvent) -> str:
        return f"replay:{self.key}:{event.row.key}:{event.kind}"

    def plate(self, event: GateEvent) -> str:
        """A plate made of the row's seq, the same for rows of the same seq."""
        return f"{self.key[:4].upper()} {event.row.seq}"


class Pace(msgspec.Struct):
    """Waits until an event is due. `speed` is file time to real time, None for no waiting; `stop` ends any wait."""

    speed: float | None
    stop: threading.Event
    _start: tuple[datetime, float] | None = None

    def wait_for(self, at: datetime) -> None:
        if self.speed is None:
            return
        if self._start is None:
            self._start = at, time.monotonic()
        first, began = self._start
        due = began + (at - first).total_seconds() / self.speed
        while (left := due - time.monotonic()) > 0 and not self.stop.is_set():
            self.stop.wait(min(left, 3600.0))


def begin_account(file: StayFile, events: Sequence[GateEvent], target: ReplayTarget) -> ReplayAccount:
    """An account that begins with what stands at the location now."""
    before = _occupied(target)
    return ReplayAccount(rows=len(file.rows), events=len(events), before=before, occupied=before, highest=before)


def replay(
    events: Sequence[GateEvent],
    *,
    target: ReplayTarget,
    account: ReplayAccount,
    pace: Pace,
    now: Callable[[], datetime],
) -> Iterator[GateEvent]:
    """Report each event to the current tenant's gate commands, giving each when it is accounted for.

    What an earlier run recorded is reported again, and accepted as a repetition. What it refused is not: the yard is
    another by now. Stops before the next event once `pace.stop` is set.

    Raises OccupancyDiffers at the first accepted event after which the database's count is not the oracle's, and
    Unavailable when the database stays away.
    """
    on_record = _on_record(target)
    reached = max((place for place, event in enumerate(events) if target.event_id(event) in on_record), default=-1)
    began = time.monotonic()
    for place, event in enumerate(events):
        if place > reached:
            pace.wait_for(event.at)
        if pace.stop.is_set():
            return
        if place <= reached and target.event_id(event) not in on_record:
            account.refuse(REFUSED_BEFORE)
        else:
            _report(event, target, account, now)
        account.seconds = time.monotonic() - began
        yield event


def _report(event: GateEvent, target: ReplayTarget, account: ReplayAccount, now: Callable[[], datetime]) -> None:
    try:
        repeated = _persistently(event, target, now)
    except Unavailable:
        raise
    except DomainError as refusal:
        account.refuse(refusal.errors[0].code if refusal.errors else refusal.code)
        return
    if repeated:
        account.repeat(event.kind, event.row)
        return
    account.accept(event.kind, event.row)
    account.occupied = _occupied(target)
    account.highest = max(account.highest, account.occupied)
    if account.occupied != account.oracle:
        raise OccupancyDiffers(
            f"After the {event.kind} of seq {event.row.seq} (row {event.row.number}) the database counts "
            f"{account.occupied} vehicles, and entries less exits are {account.oracle}. If another gate works at this "
            f"location, give the replay a location of its own."
        )


def _persistently(event: GateEvent, target: ReplayTarget, now: Callable[[], datetime]) -> bool:
    """Report an event, again where that may help. Gives whether it was on record before."""
    for left in reversed(range(TRIES)):
        try:
            return _gate(event, target, at=now())
        except DomainError as refusal:
            if not left or not (refusal.code in TRY_AGAIN or isinstance(refusal, Unavailable)):
                raise
            time.sleep(PAUSE_SECONDS if isinstance(refusal, Unavailable) else 0.01)
    raise AssertionError("the last try answers or raises")


def _gate(event: GateEvent, target: ReplayTarget, *, at: datetime) -> bool:
    if event.kind == ENTRY:
        entry = EntryDetails(
            vehicle_number=target.plate(event),
            vehicle_type=target.vehicle_type,
            location_id=target.location_id,
            entry_time=event.at,
            event_id=target.event_id(event),
        )
        return record_vehicle_entry(entry=entry, at=at, actor=GATE).replayed
    exit = ExitDetails(
        vehicle_number=target.plate(event),
        location_id=target.location_id,
        exit_time=event.at,
        event_id=target.event_id(event),
    )
    return record_vehicle_exit(exit=exit, at=at, actor=GATE).replayed


def _occupied(target: ReplayTarget) -> int:
    return int(_COUNTER.run({"location": target.location_id})[0][0])


def _on_record(target: ReplayTarget) -> set[str]:
    rows = _ON_RECORD.run({"location": target.location_id, "like": f"replay:{target.key}:%"})
    return {event_id for row in rows for event_id in row if event_id is not None}
