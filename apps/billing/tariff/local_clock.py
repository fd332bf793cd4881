"""Local days and clock times on the time line on which a plan counts.

The time line is seconds since 1970: of UTC where a plan counts elapsed time, of the local clock itself where it counts
by the wall clock. A day is its number since 1970-01-01.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the local clock's own zero, in no zone
_REMEMBERED: Final = 40_000


def day_number(text: str) -> int:
    """The number of a date in ISO form. Raises ValueError."""
    return date.fromisoformat(text).toordinal() - 719_163


def date_of(day: int) -> date:
    """The date of a day's number."""
    return date.fromordinal(day + 719_163)


class WallClock:
    """The time line of the wall clock: every day has 24 hours."""

    def instant(self, day: int, second: int) -> int:
        """When the clock shows so many seconds after 00:00 of a day."""
        return day * DAY + second

    def day_of(self, at: int) -> int:
        """The day at an instant."""
        return at // DAY

    def reading(self, at: int) -> datetime:
        """What the local clock shows, as a naive datetime."""
        return _EPOCH + timedelta(seconds=at)


class ElapsedClock:
    """The time line of elapsed time in a zone: days of 23 and 25 hours are as long as they are.

    A clock time takes effect when the clock first shows it or a later one: a time that is skipped comes at the change
    of clocks, one that comes twice counts the first time.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._starts: dict[int, int] = {}
        self._odd: dict[tuple[int, int], int] = {}

    def instant(self, day: int, second: int) -> int:
        """When the clock first shows so many seconds after 00:00 of a day, or more."""
        start = self._start(day)
        if not second:
            return start
        if self._start(day + 1) - start == DAY:
            return start + second
        found = self._odd.get((day, second))
        if found is None:
            found = self._odd[day, second] = self._first_shown(day * DAY + second)
        return found

    def day_of(self, at: int) -> int:
        """The day at an instant: the last one that has begun."""
        day = at // DAY
        while self._start(day + 1) <= at:
            day += 1
        while self._start(day) > at:
            day -= 1
        return day

    def reading(self, at: int) -> datetime:
        """What the local clock shows, as a naive datetime."""
        return datetime.fromtimestamp(at, self._zone).replace(tzinfo=None)

    def _start(self, day: int) -> int:
        start = self._starts.get(day)
        if start is None:
            if len(self._starts) >= _REMEMBERED:
                self._starts.clear()
            start = self._starts[day] = self._first_shown(day * DAY)
        return start

    def _first_shown(self, shown: int) -> int:
        naive = _EPOCH + timedelta(seconds=shown)
        local = naive.replace(tzinfo=self._zone)
        after = int(local.timestamp())
        before = int(local.replace(fold=1).timestamp())
        if after <= before or self.reading(after) == naive:
            return after
        # skipped: the two offsets bracket the change, after which the clock shows something later
        while after - before > 1:
            middle = (before + after) // 2
            if self.reading(middle) >= naive:
                after = middle
            else:
                before = middle
        return after


Clock = WallClock | ElapsedClock


@lru_cache(maxsize=256)
def elapsed_clock(zone: str) -> ElapsedClock:
    """The one clock of a zone in this process, so that its days are worked out once."""
    return ElapsedClock(ZoneInfo(zone))


def wall_seconds(at: datetime, zone: str) -> int:
    """A UTC instant on the time line of the wall clock."""
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return int(local.timestamp())
