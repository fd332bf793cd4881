"""Clock windows: which days they begin on, and their occurrences on the time line."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from .document.plan import DAY_KINDS, Window
from .document.times import clock_seconds
from .local_clock import Clock

_FIRST_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday."""


class DayKinds:
    """What each date is: a day of the week, or a date of one of the plan's calendars."""

    def __init__(self, named: Mapping[int, str]) -> None:
        self._named = named

    def kind(self, day: int) -> str:
        """mon to sun, or the calendar's name."""
        return self._named.get(day) or DAY_KINDS[(day + _FIRST_WEEKDAY) % 7]


class Occurrence(NamedTuple):
    """From `start` until before `end` on the time line, begun on the day with this number."""

    start: int
    end: int
    day: int


class ClockWindow:
    """A window with the clock and the days that it is read by."""

    def __init__(self, name: str, window: Window, clock: Clock, kinds: DayKinds) -> None:
        self.name = name
        self.days = frozenset(window.days)
        self.begins = clock_seconds(window.begins)
        self.ends = clock_seconds(window.ends)
        self.later = window.ends_days_later
        self.words = f"{window.begins}–{window.ends}"
        self._clock, self._kinds = clock, kinds

    def on(self, day: int) -> Occurrence | None:
        """The occurrence that begins on a day, if there is one."""
        if self._kinds.kind(day) not in self.days:
            return None
        instant = self._clock.instant
        last = day + self.later
        end = instant(last, self.ends) if self.ends < 86_400 else instant(last + 1, 0)
        return Occurrence(instant(day, self.begins), end, day)

    def containing(self, at: int, *, end_included: bool) -> Occurrence | None:
        """The occurrence that an instant lies in; the earlier one where an included end meets a beginning."""
        today = self._clock.day_of(at)
        for day in range(today - self.later - 1, today + 1):
            found = self.on(day)
            if found and found.start <= at and (at < found.end or (end_included and at == found.end)):
                return found
        return None

    def between(self, start: int, end: int) -> Iterator[Occurrence]:
        """The occurrences that overlap a span, earliest first."""
        day_of = self._clock.day_of
        for day in range(day_of(start) - self.later - 1, day_of(end) + 1):
            found = self.on(day)
            if found and found.start < end and start < found.end and found.start < found.end:
                yield found
