"""Cutting a span of time into local hours, days, weeks (from Monday) or months, as a zone's clocks show them.

A local day has 23 or 25 hours where the clocks change; a midnight that they skip is the instant of the change.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from apps.core.errors import Invalid

from .quarter_hours import QUARTER_HOUR

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_PERIODS = 9_000
"""So many periods a report may have: a year of hours, 24 years of days."""


GroupBy = Literal["hour", "day", "week", "month"]

_USUAL_LENGTH: dict[GroupBy, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}


def cut_into_periods(*, begin: datetime, end: datetime, group_by: GroupBy, timezone: str) -> list[datetime]:
    """Where the periods of [begin, end) begin, in UTC; the first one at `begin`, which may lie within its hour or day.

    `begin` and `end` lie on quarter-hours. Raises Invalid where the end is not after the beginning, for more than
    MOST_PERIODS, and outside of the years 2000 to 2199.
    """
    _require_span(begin, end, group_by)
    zone = ZoneInfo(timezone)
    periods = [begin]
    for start in _hours(begin, end, zone) if group_by == "hour" else _midnights(begin, end, zone, group_by):
        if periods[-1] < start < end:
            periods.append(start)
    return periods


def require_years(*, begin: datetime, end: datetime) -> None:
    """Raise Invalid outside of the years 2000 to 2199, in which each zone is made of quarter-hours."""
    for field, instant in (("from", begin), ("to", end)):
        if not EARLIEST <= instant <= LATEST:
            raise Invalid.field(field, "out_of_range", "Reports cover the years 2000 to 2199.")


def _require_span(begin: datetime, end: datetime, group_by: GroupBy) -> None:
    require_years(begin=begin, end=end)
    if end <= begin:
        raise Invalid.field("to", "empty_period", "The end must lie after the beginning.")
    if (end - begin) / _USUAL_LENGTH[group_by] > MOST_PERIODS:
        longest = MOST_PERIODS * _USUAL_LENGTH[group_by]
        message = f"Ask for at most {longest.days} days by the {group_by}, or for longer periods."
        raise Invalid.field("to", "period_too_long", message)


def _hours(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    instant = begin
    while instant < end:
        if instant.astimezone(zone).minute == 0:
            yield instant
        instant += QUARTER_HOUR


def _midnights(begin: datetime, end: datetime, zone: ZoneInfo, group_by: GroupBy) -> Iterator[datetime]:
    day = begin.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while (day := _following(day, group_by)) <= last:
        yield datetime.combine(day, time.min, zone).astimezone(UTC)


def _following(day: date, group_by: GroupBy) -> date:
    match group_by:
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case "month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return day + timedelta(days=1)
