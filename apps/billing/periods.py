"""Spans of the tenant's local calendar, as `from` and `to` of a question name them."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from apps.core import tenancy
from apps.core.errors import Invalid

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` until before `until` (UTC)."""

    since: datetime
    until: datetime


def read_span(*, since: str, until: str) -> Span:
    """A half-open span of local dates, each from the tenant's midnight on, or of timestamps with their offset.

    Raises Invalid naming the field.
    """
    span = Span(since=_instant("from", since), until=_instant("to", until))
    if span.until <= span.since:
        raise Invalid.field("to", "empty_period", "The end must lie after the beginning.")
    return span


def _instant(field: str, text: str) -> datetime:
    zone = ZoneInfo(tenancy.current().timezone)
    try:
        if _DATE.fullmatch(text):
            at = datetime.combine(date.fromisoformat(text), time.min, zone).astimezone(UTC)
        else:
            at = msgspec.convert(text, datetime)
            if at.tzinfo is None:
                raise Invalid.field(field, "naive_timestamp", "Give the timestamp's offset, or a date alone.")
            at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.field(field, "invalid", "Write a date such as 2026-03-01, or a timestamp.") from None
    if not _EARLIEST <= at <= _LATEST:
        raise Invalid.field(field, "out_of_range", "Between the years 2000 and 2200.")
    return at
