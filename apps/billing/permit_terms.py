"""When a season permit covers a stay: pure, from its terms and the stay's times."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description='"07:00"; "24:00" ends a day')]
Span = tuple[datetime, datetime]


class PermitWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A local time on some days of the week, begun and ended on the same date."""

    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Meta(min_length=1)]
    begins: Clock
    ends: Clock


class PermitTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A permit as it covers a stay: from `valid_from` until before `valid_until`, local dates of `zone` (IANA).

    Without windows it holds all day. With `facts` it lends these instead of covering any time.
    """

    id: UUID
    number: str
    zone: str
    valid_from: date
    valid_until: date | None = None
    windows: tuple[PermitWindow, ...] = ()
    facts: dict[str, bool | int | str] = {}

    def covered(self, begin: datetime, end: datetime) -> list[Span]:
        """The spans within [begin, end) that it covers, in order and apart; UTC."""
        found: list[Span] = []
        for start, stop in sorted(self._held(begin, end)):
            start, stop = max(start, begin), min(stop, end)
            if start >= stop:
                continue
            if found and start <= found[-1][1]:
                found[-1] = found[-1][0], max(stop, found[-1][1])
            else:
                found.append((start, stop))
        return found

    def uncovered(self, begin: datetime, end: datetime) -> list[Span]:
        """The rest of [begin, end)."""
        rest, at = [], begin
        for start, stop in self.covered(begin, end):
            if at < start:
                rest.append((at, start))
            at = stop
        return [*rest, (at, end)] if at < end else rest

    def _held(self, begin: datetime, end: datetime) -> Iterator[Span]:
        zone = ZoneInfo(self.zone)
        day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            if self.valid_from <= day and (self.valid_until is None or day < self.valid_until):
                for window in self.windows:
                    if DAYS[day.weekday()] in window.days:
                        yield _instant(day, window.begins, zone), _instant(day, window.ends, zone)
                if not self.windows:
                    yield _instant(day, "00:00", zone), _instant(day, "24:00", zone)
            day += timedelta(days=1)


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(ZoneInfo("UTC"))


def pro_rata(price: int, *, month: date, valid_from: date, valid_until: date | None) -> int:
    """What a month costs of a permit that holds for some of its days, rounded half up to the minor unit.

    `month` is its first day; the price is divided by the days that the month has.
    """
    following = (month + timedelta(days=31)).replace(day=1)
    days = (following - month).days
    held = (min(following, valid_until or following) - max(month, valid_from)).days
    return max(0, (2 * price * held + days) // (2 * days))
