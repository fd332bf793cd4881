"""When a location is open: weekly periods of its local time. No Django, no clock."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
OpeningHours = dict[str, list[tuple[str, str]]]


def is_open(hours: OpeningHours, *, timezone: str, at: datetime) -> bool:
    """Whether a location with these hours is open at an instant.

    No hours at all: always. A period is half-open; one that ends at or before its start runs past midnight, so
    `["22:00", "06:00"]` under `fri` covers Saturday's small hours and `["00:00", "00:00"]` the whole day.
    """
    if not hours:
        return True
    local = at.astimezone(ZoneInfo(timezone))
    today, yesterday = DAYS[local.weekday()], DAYS[(local - timedelta(days=1)).weekday()]
    now = local.time()
    for start, end in hours.get(today, []):
        opens, closes = time.fromisoformat(start), time.fromisoformat(end)
        if opens <= now and (now < closes or closes <= opens):
            return True
    for start, end in hours.get(yesterday, []):
        opens, closes = time.fromisoformat(start), time.fromisoformat(end)
        if closes <= opens and now < closes:
            return True
    return False


def require_opening_hours(hours: dict[str, list[tuple[str, str]]]) -> None:
    """Raises Invalid for a day that is none, or a time that is not HH:MM."""
    for day, periods in hours.items():
        if day not in DAYS:
            raise Invalid.field("openingHours", "unknown_day", f"{day!r} is not a day; write {', '.join(DAYS)}.")
        for period in periods:
            for moment in period:
                if not _TIME.fullmatch(moment):
                    raise Invalid.field("openingHours", "invalid_time", f"{moment!r} is not a time like 06:30.")
