"""Days on which the clocks change at midnight, both ways, and lengths by the wall clock on them: worked out by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.billing.tariff import CompiledPlan, Stay, price, restore
from apps.billing.tariff.local_clock import elapsed_clock
from tests.billing.oracle_plans import Oracle
from tests.billing.test_bad_plans import _charging, _window

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local dates
BY_MINUTE = {"kind": "units", "price": 0.01, "per": "1m", "step": "1m", "count": "started"}
WINDOWS = {"day": _window("00:00", "23:30"), "late": _window("23:30", "24:00")}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _late_minutes(zone: str, **more: Any) -> dict[str, Any]:
    """0.01 for each minute in the last half hour of a day, nothing before it."""
    free = {"kind": "free", "because": "day"}
    bands = [{"window": "day", "of": free}, {"window": "late", "of": BY_MINUTE}]
    charge = {"kind": "bands", "boundary": "split", "bands": bands, "elsewhere": None}
    return _charging(charge, zone=zone, windows=WINDOWS, **more)


def _both(plan: dict[str, Any], entry: datetime, end: datetime, **more: Any) -> int:
    """What the engine says, with the taxi meter agreeing."""
    facts = more.get("facts", {})
    compiled: CompiledPlan = restore(json.dumps(plan).encode())
    total = price(compiled, Stay(entry_at=entry, exit_at=end, **more)).total
    oracle = Oracle(plan, entry, tick=60, facts=facts, visits=[])
    until, paid = more.get("allowed_until"), more.get("paid_at", ())
    assert oracle.fees([end], allowed=until, paid=paid) == [total]
    return total


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", 23),  # begins at 01:00
        ("Africa/Cairo", "2026-10-29", "2026-10-28T21:00", 25),  # 24:00 is 23:00 once more
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", 23),
        ("America/Santiago", "2026-04-04", "2026-04-04T03:00", 25),
        ("America/Asuncion", "2023-10-01", "2023-10-01T04:00", 23),
        ("America/Asuncion", "2024-03-23", "2024-03-23T03:00", 25),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00", 23),
        ("Asia/Beirut", "2026-10-24", "2026-10-23T21:00", 25),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),  # its midnight comes twice, at 01:00 too
    ],
)
def test_a_day_of_a_change_at_midnight(zone: str, day: str, begins: str, hours: int) -> None:
    number = (datetime.fromisoformat(day) - EPOCH).days
    start, end = (elapsed_clock(zone).instant(each, 0) for each in (number, number + 1))
    assert datetime.fromtimestamp(start, UTC) == _at(begins)
    assert end - start == hours * 3_600
    assert elapsed_clock(zone).day_of(start - 1) == number - 1
    assert elapsed_clock(zone).day_of(end - 1) == number


@pytest.mark.parametrize(
    ("zone", "first_2330"),
    [
        ("Africa/Cairo", "2026-10-29T20:30"),
        ("America/Santiago", "2026-04-05T02:30"),
        ("America/Asuncion", "2024-03-24T02:30"),
        ("Asia/Beirut", "2026-10-24T20:30"),
    ],
)
def test_the_last_half_hour_of_a_day_of_25_hours_lasts_until_its_second_end(zone: str, first_2330: str) -> None:
    """23:30 counts when it is first shown, the day ends when the clock first shows the next one: 90 minutes."""
    begins, plan = _at(first_2330), _late_minutes(zone)
    for before, after, cents in ((60, 0, 0), (60, 29, 29), (60, 30, 30), (60, 31, 31), (60, 90, 90), (60, 120, 90)):
        assert _both(plan, begins - timedelta(minutes=before), begins + timedelta(minutes=after)) == cents
    assert _both(plan, begins + timedelta(minutes=30), begins + timedelta(minutes=31)) == 1, "at the change itself"


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Africa/Cairo", "2026-04-23T22:00"),
        ("America/Santiago", "2026-09-06T04:00"),
        ("America/Asuncion", "2023-10-01T04:00"),
        ("Asia/Beirut", "2026-03-28T22:00"),
    ],
)
def test_a_day_that_begins_at_one_o_clock_begins_at_the_change(zone: str, change: str) -> None:
    """The evening before ends at the change; a window until 00:30, never shown, has no time."""
    at, plan = _at(change), _late_minutes(zone)
    for before, after, cents in ((30, 0, 30), (1, 0, 1), (1, 1, 1), (0, 1, 0), (60, 60, 30)):
        assert _both(plan, at - timedelta(minutes=before), at + timedelta(minutes=after)) == cents
    bands = [{"window": "skipped", "of": BY_MINUTE}]
    skipped = {"kind": "bands", "boundary": "split", "bands": bands, "elsewhere": {"kind": "free", "because": "other"}}
    never = _charging(skipped, zone=zone, windows={"skipped": _window("00:00", "00:30")})
    assert _both(never, at - timedelta(minutes=90), at + timedelta(minutes=90)) == 0
    assert _both(never, at + timedelta(hours=22), at + timedelta(hours=25)) == 30, "the next night has it again"


def _without_an_hour(taken_from: str, **more: Any) -> dict[str, Any]:
    when = [{"fact": "resident", "equals": True}]
    item = {"kind": "time", "code": "T", "name": "an hour", "when": when, "time": "1h", "takenFrom": taken_from}
    return _charging(
        BY_MINUTE, facts={"resident": {"kind": "flag", "absent": False}},
        discounts={"stacking": "inOrder", "items": [item]}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("taken_from", ["start", "end"])
def test_an_hour_off_is_an_hour_of_the_wall_clock_where_lengths_are(taken_from: str) -> None:
    """Cairo, 08:00 to the second 23:00: 15 hours on the wall, 16 elapsed; without one hour 14 and 15."""
    entry, end = _at("2026-10-29T05:00"), _at("2026-10-29T21:00")
    for time, minutes in (("wallClock", 14 * 60), ("elapsed", 15 * 60)):
        plan = _without_an_hour(taken_from, zone="Africa/Cairo", time=time)
        assert _both(plan, entry, end, facts={"resident": True}) == minutes


def test_a_tolerance_is_read_like_all_lengths() -> None:
    """Allowed until 23:50, gone at the second 23:20 (elapsed 30 min late, on the wall not at all)."""
    entry, allowed, end = _at("2026-10-29T17:00"), _at("2026-10-29T20:50"), _at("2026-10-29T21:20")
    overstay = {"kind": "times", "times": 2, "tolerance": "15m"}
    late = [
        _both(
            _charging(BY_MINUTE, zone="Africa/Cairo", time=time, overstay=overstay), entry, end, allowed_until=allowed
        )
        for time in ("wallClock", "elapsed")
    ]
    assert late == [200, 260 + 30]


def test_a_tolerance_in_whole_minutes_forgets_the_seconds() -> None:
    overstay = {"kind": "times", "times": 2, "tolerance": "15m"}
    stay = Stay(
        entry_at=_at("2026-06-01T09:00"), allowed_until=_at("2026-06-01T10:00"), exit_at=_at("2026-06-01T10:15:59")
    )
    totals = [
        price(restore(json.dumps(_charging(BY_MINUTE, overstay=overstay, precision=precision)).encode()), stay).total
        for precision in ("minute", "second")
    ]
    assert totals == [75, 76 + 16]


def test_payments_on_a_wall_clock_that_was_put_back_count_no_time_twice() -> None:
    """In 23:00, paid 23:40, paid at the second 23:20, out at the second 23:50: 40 min, and 10 min after a payment."""
    sevens = {"kind": "units", "price": 0.10, "per": "7m", "step": "7m", "count": "started"}
    after = {"kind": "charge", "of": sevens}
    plan = _charging(BY_MINUTE, zone="Africa/Cairo", time="wallClock", afterPayment=after)
    entry, paid = _at("2026-10-29T20:00"), (_at("2026-10-29T20:40"), _at("2026-10-29T21:20"))
    assert _both(plan, entry, _at("2026-10-29T21:50"), paid_at=paid) == 40 + 2 * 10


AFTER = {"kind": "units", "price": 0.10, "per": "1m", "step": "1m", "count": "started"}


@pytest.mark.parametrize(
    ("taken_from", "after", "paid", "end", "cents"),
    [
        # each minute 0.01 until the payment, 0.10 after it
        ("start", "charge", ["10:30"], "11:30", 30 + 600),
        ("start", "charge", ["09:30"], "11:30", 900),
        ("end", "charge", ["10:30"], "11:00", 60),
        ("end", "charge", ["09:30"], "11:00", 30 + 300),
        ("end", "charge", ["09:30", "10:30"], "11:15", 30 + 450),
        # paid for to 10:30, out within the grace: 90 min are priced, without the first hour 30, without the last 40
        ("start", "wholeStay", ["10:30"], "10:40", 30),
        ("end", "wholeStay", ["10:30"], "10:40", 40),
        # paid within the free hour and out within the grace: nothing is left
        ("start", "wholeStay", ["09:50"], "10:02", 0),
        # overrun: the whole stay is priced, without an hour
        ("start", "wholeStay", ["09:30"], "10:10", 10),
        ("end", "wholeStay", ["10:00"], "11:10", 70),
    ],
)
def test_an_hour_off_a_stay_that_was_paid_for(
    taken_from: str, after: str, paid: list[str], end: str, cents: int
) -> None:
    """Payments divide the stay as it was; then the hour is cut off. In at 09:00."""
    kinds = {"charge": {"kind": "charge", "of": AFTER}}
    kinds["wholeStay"] = {"kind": "wholeStay", "free": "15m", "boundary": "free"}
    plan = _without_an_hour(taken_from, zone="Asia/Tokyo", afterPayment=kinds[after])
    paid_at = tuple(_at(f"2026-06-01T{clock}") for clock in paid)
    stay = _at("2026-06-01T09:00"), _at(f"2026-06-01T{end}")
    assert _both(plan, *stay, paid_at=paid_at, facts={"resident": True}) == cents
