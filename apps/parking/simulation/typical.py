"""How many vehicles typically stand at a site at an hour of the week, by its own plan. Pure."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from .rhythm import LONGEST_HOURS
from .site_plans import SitePlan, VisitKind

WEEK_HOURS = 168


def typical_week(site: SitePlan) -> list[float]:
    """The expected number of vehicles for each hour of the week, Monday's first, were every one to find a place.

    Arrivals of each hour, counted for as long as their kind is likely to be there still.
    """
    weight = sum(site.by_hour)
    arrivals = [site.arrivals_a_day * day * hour / weight for day in site.by_weekday for hour in site.by_hour]
    staying = [
        sum(kind.share * _still_there(kind, age + 0.5) for kind in site.visits) for age in range(int(LONGEST_HOURS))
    ]
    return [
        sum(arrivals[(hour - age) % WEEK_HOURS] * share for age, share in enumerate(staying))
        for hour in range(WEEK_HOURS)
    ]


def hour_of_week(at: datetime, *, timezone: str) -> int:
    """The place of an instant's hour in `typical_week`, by the local clock."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.weekday() * 24 + local.hour


def _still_there(kind: VisitKind, hours: float) -> float:
    """The chance that a stay of this kind lasts longer than so many hours."""
    return 0.5 * math.erfc(math.log(hours / kind.median_hours) / (kind.spread * math.sqrt(2)))
