"""A stay's instants as whole seconds on the time line on which its plan counts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from .document.plan import PlanDocument
from .local_clock import wall_seconds
from .meters.base import Unpriceable
from .stay import Stay, elapsed_seconds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

TimeLine = Callable[[Stay], Callable[[datetime], int]]


class OutOfCalendar(Unpriceable):
    """The stay lies where local clocks cannot be told."""

    code = "out_of_calendar"


def time_line(plan: PlanDocument, *, timeless: bool) -> TimeLine:
    """What places instants of a stay; where only lengths matter (`timeless`), the entry is at 0."""
    if plan.time == "wallClock":
        return _wall_line(plan.zone, 60 if plan.precision == "minute" else 1)
    if plan.precision == "minute":
        return _minute_line
    return _length_line if timeless else _second_line


def _wall_line(zone: str, step: int) -> TimeLine:
    def of_stay(stay: Stay) -> Callable[[datetime], int]:
        _check(stay)
        return lambda at: wall_seconds(at, zone) // step * step

    return of_stay


def _minute_line(stay: Stay) -> Callable[[datetime], int]:
    _check(stay)
    return lambda at: _since_epoch(at) // 60 * 60


def _second_line(stay: Stay) -> Callable[[datetime], int]:
    _check(stay)
    entry = stay.entry_at
    start = _since_epoch(entry)

    # fractions of a second are cut off the elapsed time, not off both ends
    def place(at: datetime) -> int:
        return start + elapsed_seconds(entry, at) if at >= entry else min(start, _since_epoch(at))

    return place


def _length_line(stay: Stay) -> Callable[[datetime], int]:
    entry = stay.entry_at
    return lambda at: elapsed_seconds(entry, at)


def _since_epoch(at: datetime) -> int:
    elapsed = at - _EPOCH
    return elapsed.days * 86_400 + elapsed.seconds


def _check(stay: Stay) -> None:
    if not (stay.entry_at > _FIRST and stay.exit_at < _LAST):
        raise OutOfCalendar("The stay lies before 1900 or after 9000.")
    if stay.allowed_until is not None and not _FIRST < stay.allowed_until < _LAST:
        raise OutOfCalendar("The allowed end lies before 1900 or after 9000.")
