"""When vehicles come and how long they stay. Pure: all chance is in the generator that is given."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from apps.parking.opening_hours import is_open

from .site_plans import SitePlan, VisitKind

SHORTEST_MINUTES, LONGEST_HOURS = 3.0, 9 * 24.0
_DAY_NOISE = 0.09
_QUIET_DAY, _QUIET_FACTOR = 0.02, 0.35
_LATE = 0.09
_LATE_HOURS = 3.0


def arrival_times(site: SitePlan, *, start: datetime, end: datetime, chance: Random) -> Iterator[datetime]:
    """Arrivals in [start, end), as a Poisson process whose rate follows the week, the day and some luck.

    Every day is drawn whole, so that an earlier `end` changes nothing before it. None comes when the site is closed.
    """
    zone = ZoneInfo(site.timezone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for at in sorted(_arrivals_of(day, site, zone, chance)):
            if start <= at < end:
                yield at
        day += timedelta(days=1)


def _arrivals_of(day: date, site: SitePlan, zone: ZoneInfo, chance: Random) -> Iterator[datetime]:
    weight = sum(site.by_hour)
    luck = math.exp(chance.gauss(0, _DAY_NOISE)) * (_QUIET_FACTOR if chance.random() < _QUIET_DAY else 1)
    expected = site.arrivals_a_day * site.by_weekday[day.weekday()] * luck / weight
    for hour, share in enumerate(site.by_hour):
        begin = datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
        for _ in range(_poisson(expected * share, chance)):
            at = begin + timedelta(seconds=chance.randrange(3600))
            if is_open(site.opening_hours, timezone=site.timezone, at=at):
                yield at


def stay_times(
    kind: VisitKind, site: SitePlan, *, entry_at: datetime, chance: Random
) -> tuple[datetime, datetime | None]:
    """When a vehicle leaves, and when it said it would, if it said so. Some of those who did are late.

    Where the site is closed at that time, the vehicle is fetched after it opens again.
    """
    hours = kind.median_hours * math.exp(chance.gauss(0, kind.spread))
    hours = min(max(hours, SHORTEST_MINUTES / 60), LONGEST_HOURS)
    expected = None
    if chance.random() < kind.announced:
        expected = _next_half_hour(entry_at + timedelta(hours=hours))
        hours = (expected - entry_at).total_seconds() / 3600
        hours += chance.expovariate(1 / _LATE_HOURS) if chance.random() < _LATE else -hours * 0.35 * chance.random()
    exit_at = entry_at + timedelta(seconds=max(round(hours * 3600), 60))
    while not is_open(site.opening_hours, timezone=site.timezone, at=exit_at):
        exit_at += timedelta(seconds=chance.randrange(600, 7200))
    return exit_at, expected


def _next_half_hour(at: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(at.timestamp() / 1800) * 1800, UTC)


def _poisson(mean: float, chance: Random) -> int:
    """A Poisson number, by a product of uniforms (Knuth, The Art of Computer Programming, 3.4.1); for small means."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
