"""The oracle's clock: it walks from tick to tick, looks at the wall, and remembers the latest time shown."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS_BACK = 3
DAY = 86_400


class Moment(NamedTuple):
    """What the wall shows, in seconds since 1 January of year 1; `skipped_from` is earlier where it has just jumped."""

    shown: int
    skipped_from: int

    @property
    def day(self) -> int:
        """The date on the wall, as its ordinal."""
        return self.shown // DAY


def moments(entry: datetime, *, zone: str, wall: bool, tick: int) -> Iterator[Moment]:
    """The moments from an entry (UTC) on, `tick` seconds apart; in `wall` time every day has 24 hours.

    A clock that is put back shows times a second time; they do not count, it stands still until they are over.
    """
    step, local = timedelta(seconds=tick), ZoneInfo(zone)

    def latest_until(last: datetime) -> int:
        return max(_shown(last - timedelta(minutes=ago), local) for ago in range(HOURS_BACK * 60))

    if wall:
        at_wall = _shown(entry, local)
        while True:
            yield Moment(at_wall, at_wall)
            at_wall += tick
    before, latest, at = latest_until(entry - step), latest_until(entry), entry
    while True:
        yield Moment(latest, min(latest, before + tick))
        at += step
        before, latest = latest, max(latest, _shown(at, local))


def _shown(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.toordinal() * DAY + local.hour * 3_600 + local.minute * 60 + local.second


def clock(text: str) -> int:
    """A clock time in seconds."""
    return int(text[:2]) * 3_600 + int(text[3:]) * 60


class Windows:
    """The plan's windows, read off the wall."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.windows = plan["windows"]
        self.named = {
            date.fromisoformat(day).toordinal(): each["name"] for each in plan["calendars"] for day in each["dates"]
        }
        self.known: dict[tuple[str, int], tuple[int, int] | None] = {}
        self.seen: dict[tuple[str, int], int | None] = {}

    def begins_on(self, name: str, day: int) -> tuple[int, int] | None:
        """The first and last time of the window that begins on a day, if one does."""
        key = name, day
        if key not in self.known:
            window = self.windows[name]
            kind = self.named.get(day, WEEKDAYS[(day - 1) % 7])
            ends = (day + window["endsDaysLater"]) * DAY + clock(window["ends"])
            self.known[key] = (day * DAY + clock(window["begins"]), ends) if kind in window["days"] else None
        return self.known[key]

    def begun(self, name: str, moment: Moment, *, end_counts: bool = False) -> int | None:
        """The day on which the occurrence began that a moment is in."""
        key = name, moment.shown
        if end_counts or key not in self.seen:
            today = moment.day
            days = range(today - self.windows[name]["endsDaysLater"] - 1, today + 1)
            found = next((day for day in days if self.holds(name, day, moment, end_counts=end_counts)), None)
            if end_counts:
                return found
            self.seen[key] = found
        return self.seen[key]

    def holds(self, name: str, day: int, moment: Moment, *, end_counts: bool) -> bool:
        """Whether a moment is in the occurrence that begins on a day."""
        found = self.begins_on(name, day)
        if found is None:
            return False
        begins, ends = found
        at_its_end = end_counts and moment.skipped_from <= ends <= moment.shown
        return begins <= moment.shown and (moment.shown < ends or at_its_end)


def passes(before: Moment, now: Moment, text: str) -> bool:
    """Whether the wall has come to a clock time since another moment."""
    second = clock(text)
    return any(before.shown < day * DAY + second <= now.shown for day in range(before.day, now.day + 1))


def day_begun(moment: Moment, text: str) -> int:
    """The day that a moment belongs to if days begin at a clock time."""
    return (moment.shown - clock(text)) // DAY
