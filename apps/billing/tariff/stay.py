"""The facts of a stay that its fee depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

_NO_OFFSET = timedelta(0)
_NOTHING: Final[Mapping[str, bool | int | str]] = MappingProxyType({})
MOST_VISITS: Final = 100


class InvalidStay(ValueError):
    """The stay ends before it begins, or an instant is not in UTC; `field` names it."""

    code = "invalid_stay"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An earlier visit of the same vehicle; both instants are aware and in UTC."""

    entry_at: datetime
    exit_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """From `entry_at` to `exit_at`; `allowed_until` is the promised end, or None. All are aware and in UTC.

    `facts` are what the plan may ask besides: vehicleType, payloadKg, blueBadge ... `earlier_visits` ended before this
    one began. `paid_at` are the instants of payments before the exit, in order.

    Raises InvalidStay.
    """

    entry_at: datetime
    exit_at: datetime
    allowed_until: datetime | None = None
    facts: Mapping[str, bool | int | str] = field(default_factory=lambda: _NOTHING)
    earlier_visits: tuple[Visit, ...] = ()
    paid_at: tuple[datetime, ...] = ()

    def __post_init__(self) -> None:
        # Instants of one local zone would be subtracted by the wall clock, which is an hour off when the clocks change.
        if self.entry_at.utcoffset() != _NO_OFFSET:
            raise InvalidStay("entry_at", "The entry needs an instant in UTC.")
        if self.exit_at.utcoffset() != _NO_OFFSET:
            raise InvalidStay("exit_at", "The exit needs an instant in UTC.")
        if self.allowed_until is not None and self.allowed_until.utcoffset() != _NO_OFFSET:
            raise InvalidStay("allowed_until", "The allowed end needs an instant in UTC.")
        if self.exit_at < self.entry_at:
            raise InvalidStay("exit_at", "The exit is before the entry.")
        if self.earlier_visits or self.paid_at:
            self._check_history()

    def _check_history(self) -> None:
        if len(self.earlier_visits) > MOST_VISITS or len(self.paid_at) > MOST_VISITS:
            raise InvalidStay("earlier_visits", f"At most {MOST_VISITS} earlier visits and payments can be told.")
        last: datetime | None = None
        for visit in self.earlier_visits:
            if visit.entry_at.utcoffset() != _NO_OFFSET or visit.exit_at.utcoffset() != _NO_OFFSET:
                raise InvalidStay("earlier_visits", "Earlier visits need instants in UTC.")
            if visit.exit_at < visit.entry_at or (last is not None and visit.entry_at < last):
                raise InvalidStay("earlier_visits", "Earlier visits come in order, each after the one before.")
            last = visit.exit_at
        if last is not None and last > self.entry_at:
            raise InvalidStay("earlier_visits", "Earlier visits ended before this stay began.")
        known = [self.entry_at, *self.paid_at, self.exit_at]
        if any(at.utcoffset() != _NO_OFFSET for at in self.paid_at) or known != sorted(known):
            raise InvalidStay("paid_at", "Payments are instants in UTC within the stay, in order.")

    @property
    def seconds(self) -> int:
        """Elapsed whole seconds; a fraction of a second is given to the customer."""
        return elapsed_seconds(self.entry_at, self.exit_at)


def elapsed_seconds(start: datetime, end: datetime) -> int:
    """Whole elapsed seconds between two UTC instants, 0 where the end is not after the start."""
    elapsed = end - start
    return max(0, elapsed.days * 86_400 + elapsed.seconds)


def started_minutes(seconds: int) -> int:
    """Started minutes of a time in seconds: 61 seconds are 2 minutes."""
    return -(-seconds // 60)
