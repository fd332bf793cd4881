"""What names the charge of a month: made from the thing and the month, so that a month is charged once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from apps.core import tenancy

MOST_MONTHS = 12
"""So far back are months charged that were missed."""


def month_reference(subject_id: UUID, month: date) -> UUID:
    """The reference of the charge for a month, by any day of it, of a permit or merchant."""
    return uuid5(subject_id, f"{month:%Y-%m}")


def month_before(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_before(at: datetime) -> Iterator[date]:
    """The first days of the months that may be charged at `at` (UTC), by the tenant's calendar, the latest first."""
    month = at.astimezone(ZoneInfo(tenancy.current().timezone)).date().replace(day=1)
    for _ in range(MOST_MONTHS + 1):
        yield month
        month = month_before(month)
