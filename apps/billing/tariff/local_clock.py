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
_KEYS_A_DAY: Final = 90_000


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
        self._instants: dict[int, int] = {}
        self._ahead = -self._first_shown(0)  # where to begin looking for a day: most days' offset is near it

    def instant(self, day: int, second: int) -> int:
        """When the clock first shows so many seconds after 00:00 of a day, or more."""
        key = day * _KEYS_A_DAY + second
        found = self._instants.get(key)
        return self._remember(key, day, second) if found is None else found

    def day_of(self, at: int) -> int:
        """The day at an instant: the last one that has begun."""
        day = (at + self._ahead) // DAY
        known = self._instants.get
        start, following = known(day * _KEYS_A_DAY), known((day + 1) * _KEYS_A_DAY)
        if start is not None and following is not None and start <= at < following:
            return day
        while self.instant(day + 1, 0) <= at:
            day += 1
        while self.instant(day, 0) > at:
            day -= 1
        return day

    def reading(self, at: int) -> datetime:
        """What the local clock shows, as a naive datetime."""
        return datetime.fromtimestamp(at, self._zone).replace(tzinfo=None)

    def _remember(self, key: int, day: int, second: int) -> int:
        start = self.instant(day, 0) if second else self._first_shown(day * DAY)
        found = start + second
        if second and self.instant(day + 1, 0) - start != DAY:
            found = self._first_shown(day * DAY + second)
        if len(self._instants) >= _REMEMBERED:
            self._instants.clear()
        self._instants[key] = found
        return found

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
