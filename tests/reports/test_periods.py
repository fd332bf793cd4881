"""Spans cut into local periods: days of 23, 24 and 25 hours, midnights that are not there, zones off the full hour."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.reports.periods import MOST_PERIODS, GroupBy, cut_into_periods
from apps.reports.quarter_hours import QUARTER_HOUR, quarter_hour_after, quarter_hour_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(zone, *numbers, fold=0):
    return datetime(*numbers, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def cut(zone, begin, end, group_by):
    return cut_into_periods(begin=local(zone, *begin), end=local(zone, *end), group_by=group_by, timezone=zone)


def lengths(starts, end):
    return [until - start for start, until in pairwise([*starts, end])]


@pytest.mark.parametrize(
    ("zone", "month", "day", "hours"),
    [
        ("America/New_York", 3, 8, 23),
        ("America/New_York", 11, 1, 25),
        ("Europe/Amsterdam", 3, 29, 23),
        ("Europe/Amsterdam", 10, 25, 25),
        ("America/Havana", 3, 8, 23),  # the clocks skip midnight
        ("America/Havana", 11, 1, 25),  # midnight comes twice
        ("Asia/Kolkata", 3, 8, 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone, month, day, hours):
    begin, end = (2026, month, day), (2026, month, day + 1)
    days = cut(zone, begin, (2026, month, day + 2), "day")
    assert lengths(days, local(zone, 2026, month, day + 2))[0] == hours * HOUR
    assert len(cut(zone, begin, end, "hour")) == hours
    assert set(lengths(cut(zone, begin, end, "hour"), local(zone, *end))) == {HOUR}


def test_where_clocks_move_by_half_an_hour_one_hour_is_longer():
    zone = "Australia/Lord_Howe"
    hours = lengths(cut(zone, (2026, 4, 5), (2026, 4, 6), "hour"), local(zone, 2026, 4, 6))
    assert sum(hours, timedelta()) == 24.5 * HOUR
    assert sorted(hours)[-2:] == [HOUR, 1.5 * HOUR]


def test_a_day_that_a_country_left_out_is_not_there():
    days = cut("Pacific/Apia", (2011, 12, 29), (2012, 1, 1), "day")
    assert [start.astimezone(ZoneInfo("Pacific/Apia")).day for start in days] == [29, 31]


def test_days_of_a_zone_off_the_full_hour_begin_at_its_own_midnight():
    assert cut("Asia/Kathmandu", (2026, 3, 1), (2026, 3, 3), "day") == [
        datetime(2026, 2, 28, 18, 15, tzinfo=UTC),
        datetime(2026, 3, 1, 18, 15, tzinfo=UTC),
    ]


def test_weeks_begin_on_monday_and_months_on_the_first():
    zone = "Asia/Kolkata"
    assert cut(zone, (2026, 2, 25), (2026, 3, 10), "week") == [
        local(zone, 2026, 2, 25),
        local(zone, 2026, 3, 2),
        local(zone, 2026, 3, 9),
    ]
    assert cut(zone, (2025, 12, 31), (2026, 3, 1), "month") == [
        local(zone, 2025, 12, 31),
        local(zone, 2026, 1, 1),
        local(zone, 2026, 2, 1),
    ]


def test_the_first_and_the_last_period_may_be_parts():
    zone = "Asia/Kolkata"
    starts = cut(zone, (2026, 3, 1, 10, 15), (2026, 3, 3, 1), "day")
    assert starts == [local(zone, 2026, 3, 1, 10, 15), local(zone, 2026, 3, 2), local(zone, 2026, 3, 3)]


@pytest.mark.parametrize(
    ("begin", "end", "group_by", "field", "code"),
    [
        ((2026, 3, 1), (2026, 3, 1), "day", "to", "empty_period"),
        ((2026, 3, 2), (2026, 3, 1), "hour", "to", "empty_period"),
        ((2026, 1, 1), (2027, 2, 1), "hour", "to", "period_too_long"),
        ((2001, 1, 1), (2026, 3, 1), "day", "to", "period_too_long"),
        ((1999, 12, 31), (2026, 3, 1), "month", "from", "out_of_range"),
        ((2026, 3, 1), (2200, 1, 2), "month", "to", "out_of_range"),
    ],
)
def test_what_cannot_be_cut_is_refused(begin, end, group_by, field, code):
    with pytest.raises(Invalid) as refusal:
        cut("UTC", begin, end, group_by)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]


def test_the_longest_report_has_so_many_periods():
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    end = begin + MOST_PERIODS * HOUR
    assert len(cut_into_periods(begin=begin, end=end, group_by="hour", timezone="UTC")) == MOST_PERIODS


ZONES = ["Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo"]
quarter_hours = st.integers(0, 4 * 24 * 9_000).map(
    lambda number: datetime(2001, 1, 1, tzinfo=UTC) + number * QUARTER_HOUR
)


@settings(deadline=None)
@given(
    begin=quarter_hours,
    length=st.integers(1, 4 * 24 * 70),
    group_by=st.sampled_from(get_args(GroupBy)),
    zone=st.sampled_from(ZONES),
)
def test_periods_follow_each_other_and_begin_where_the_local_clock_says(begin, length, group_by, zone):
    end = begin + length * QUARTER_HOUR
    starts = cut_into_periods(begin=begin, end=end, group_by=group_by, timezone=zone)
    assert starts[0] == begin
    assert all(start < until for start, until in pairwise([*starts, end]))
    for start in starts[1:]:
        before, clock = (start - QUARTER_HOUR).astimezone(ZoneInfo(zone)), start.astimezone(ZoneInfo(zone))
        assert start == quarter_hour_of(start)
        if group_by == "hour":
            assert clock.minute == 0
        else:
            assert before.date() < clock.date()
            assert group_by != "week" or clock.weekday() == 0
            assert group_by != "month" or clock.day == 1


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_lies_in_its_quarter_hour(instant):
    assert quarter_hour_of(instant) <= instant < quarter_hour_of(instant) + QUARTER_HOUR
    assert instant <= quarter_hour_after(instant) < instant + QUARTER_HOUR


def test_every_zone_of_this_century_is_made_of_quarter_hours():
    days = [datetime(year, month, 1, tzinfo=UTC) for year in range(2000, 2040) for month in (1, 7)]
    for zone in sorted(available_timezones()):
        offsets = {day.astimezone(ZoneInfo(zone)).utcoffset() % QUARTER_HOUR for day in days}
        assert offsets == {timedelta()}, zone
