"""When a location is open: in its own time zone, past midnight, and when the clocks change."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import tenancy
from apps.core.errors import Invalid
from apps.core.tenancy import TenantRef
from apps.parking.opening_hours import DAYS, is_open, require_opening_hours
from tests.factories.api import Api
from tests.factories.sites import open_location

from .conftest import entry_body

BERLIN = "Europe/Berlin"
MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001  # local to whatever zone a test means

times = st.times().map(lambda t: t.strftime("%H:%M"))
hours = st.dictionaries(st.sampled_from(DAYS), st.lists(st.tuples(times, times), max_size=3))
zones = st.sampled_from(["UTC", "Asia/Kolkata", BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def local(day: int, clock: str, zone: str = BERLIN) -> datetime:
    """An instant by the local clock, so many days after Monday, 2 March 2026."""
    return datetime.combine(MONDAY + timedelta(days=day), time.fromisoformat(clock), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("day", "clock", "open_then"),
    [
        (0, "05:59", False),
        (0, "06:00", True),
        (0, "21:59", True),
        (0, "22:00", False),
        (1, "12:00", False),
        (4, "21:59", False),
        (4, "22:00", True),
        (4, "23:59", True),
        (5, "00:00", True),
        (5, "05:59", True),
        (5, "06:00", False),
        (5, "22:00", False),
        (6, "00:00", True),
        (6, "23:59", True),
        (7, "00:00", False),
    ],
)
def test_days_nights_and_whole_days(day: int, clock: str, open_then: bool) -> None:
    week: dict[str, list[tuple[str, str]]] = {
        "mon": [("06:00", "12:00"), ("12:00", "22:00")],
        "tue": [],
        "fri": [("22:00", "06:00")],
        "sun": [("00:00", "00:00")],
    }
    assert is_open(week, timezone=BERLIN, at=local(day, clock)) is open_then


def test_sundays_night_runs_into_monday() -> None:
    assert is_open({"sun": [("22:00", "06:00")]}, timezone=BERLIN, at=local(0, "03:00"))


def test_an_hour_that_the_clocks_skip_or_repeat_is_read_from_the_local_clock() -> None:
    night = {"sun": [("02:00", "03:00")]}

    def hours_open(day: datetime) -> int:
        return sum(is_open(night, timezone=BERLIN, at=day + timedelta(minutes=m)) for m in range(0, 1440, 30))

    assert hours_open(datetime(2026, 3, 29, tzinfo=UTC)) == 0  # 02:00 to 03:00 does not exist
    assert hours_open(datetime(2026, 10, 25, tzinfo=UTC) - timedelta(hours=2)) == 4  # it comes twice
    assert hours_open(datetime(2026, 11, 1, tzinfo=UTC)) == 2


def test_a_night_shift_over_the_change_of_clocks_stays_open() -> None:
    night = {"sat": [("22:00", "06:00")]}
    for spring, hours_long in ((datetime(2026, 3, 28, tzinfo=UTC), 7), (datetime(2026, 10, 24, tzinfo=UTC), 9)):
        opened = [m for m in range(48 * 60) if is_open(night, timezone=BERLIN, at=spring + timedelta(minutes=m))]
        assert len(opened) == hours_long * 60
        assert opened == list(range(opened[0], opened[0] + len(opened)))


@given(instants, zones)
def test_without_hours_it_is_always_open(at: datetime, zone: str) -> None:
    assert is_open({}, timezone=zone, at=at)


@given(hours, zones, instants)
def test_it_is_open_when_a_period_of_today_or_yesterdays_night_covers_the_local_time(
    week: dict[str, list[tuple[str, str]]], zone: str, at: datetime
) -> None:
    clock = at.astimezone(ZoneInfo(zone))
    minute = clock.hour * 60 + clock.minute
    covered = set()
    for days_ago in (0, 1):
        for start, end in week.get(DAYS[(clock.weekday() - days_ago) % 7], []):
            first, last = (int(t[:2]) * 60 + int(t[3:]) for t in (start, end))
            covered |= {m - days_ago * 1440 for m in range(first, last if last > first else last + 1440)}
    assert is_open(week, timezone=zone, at=at) == (minute in covered if week else True)


@given(hours, zones, instants)
def test_more_hours_never_close_it(week: dict[str, list[tuple[str, str]]], zone: str, at: datetime) -> None:
    if week and is_open(week, timezone=zone, at=at):
        longer = {day: [*periods, ("08:00", "09:00")] for day, periods in week.items()}
        assert is_open(longer, timezone=zone, at=at)


@given(hours)
def test_what_can_be_written_is_accepted(week: dict[str, list[tuple[str, str]]]) -> None:
    require_opening_hours(week)


@given(st.one_of(st.text(max_size=6), st.from_regex(r"[0-9T:Z+.,-]{3,6}", fullmatch=True)))
def test_any_other_text_is_refused_and_never_breaks_an_entry(text: str) -> None:
    try:
        require_opening_hours({"mon": [(text, "22:00")]})
    except Invalid:
        return
    assert time.fromisoformat(text).strftime("%H:%M") == text
    is_open({"mon": [(text, "22:00")]}, timezone="UTC", at=datetime(2026, 3, 2, tzinfo=UTC))


def test_the_entry_counts_not_the_report(api: Callable[..., Api], acme: TenantRef) -> None:
    """A gate that was offline reports in the evening who came by day."""
    week: dict[str, Any] = {"mon": [("06:00", "22:00")]}
    with tenancy.enter(acme):
        yard = open_location(name="Day yard", timezone=BERLIN, opening_hours=week)
    gate = api("operator")
    by_day, by_night = local(0, "12:00"), local(0, "23:00")
    assert gate.post("parking/entries", entry_body(yard, "B 1", entryTime=by_day.isoformat())).status == 201
    refused = gate.post("parking/entries", entry_body(yard, "B 2", entryTime=by_night.isoformat()))
    assert (refused.status, refused.code) == (409, "location_closed")
    assert BERLIN in refused.json["detail"]
