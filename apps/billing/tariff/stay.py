"""The facts of a stay that its fee depends on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_NO_OFFSET = timedelta(0)


class InvalidStay(ValueError):
    """The stay ends before it begins, or an instant is not in UTC; `field` names it."""

    code = "invalid_stay"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """From `entry_at` to `exit_at`; `allowed_until` is the promised end, or None. All are aware and in UTC.

    Raises InvalidStay.
    """

    entry_at: datetime
    exit_at: datetime
    allowed_until: datetime | None = None

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
