"""The grain of the reports: quarter-hours of UTC.

Every time zone's offset of today is a whole number of quarter-hours (Kathmandu +05:45, Kolkata +05:30, Lord Howe's
summer time is half an hour), so that any zone's hours, days, weeks and months can be put together from them. Hours of
UTC could not: a day in Kolkata begins in the middle of one.
"""

from datetime import UTC, datetime, timedelta

QUARTER_HOUR = timedelta(minutes=15)


def quarter_hour_of(instant: datetime) -> datetime:
    """The beginning, in UTC, of the quarter-hour that an instant lies in."""
    instant = instant.astimezone(UTC)
    return instant.replace(minute=instant.minute - instant.minute % 15, second=0, microsecond=0)


def quarter_hour_after(instant: datetime) -> datetime:
    """The instant itself where it begins a quarter-hour, else the beginning of the next one, in UTC."""
    begun = quarter_hour_of(instant)
    return begun if begun == instant else begun + QUARTER_HOUR
