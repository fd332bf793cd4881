"""Counting by the tenant's own months."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.core import tenancy
from apps.parking.models import ParkingEntry


def count_entries_of_month(at: datetime) -> int:
    """How many vehicles of the current tenant came in in the calendar month of an instant, by the tenant's clock."""
    if not 1 < at.year < 9999:
        return 0  # no gate records such a time, and what lies around it has no date
    local = at.astimezone(ZoneInfo(tenancy.current().timezone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return ParkingEntry.objects.filter(entry_time__gte=first, entry_time__lt=following).count()
