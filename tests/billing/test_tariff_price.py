"""The fee of hand-calculated stays: units, caps, grace, overstay, tax and the words on the lines."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.billing.tariff import FeeOutOfRange, InvalidPlan, InvalidStay, Plan, Stay, price
from apps.core.money import UnknownCurrency
from tests.billing.plans import ENTRY, stay_of

HOUR, DAY, WEEK, MONTH = 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60
ALL_UNITS = Plan(currency="INR", hourly=2_000, daily=10_000, weekly=50_000, monthly=150_000)
YARD = json.loads((Path(__file__).parent / "packs" / "yard.json").read_text())


@pytest.mark.parametrize("vehicle_type", YARD["plans"])
@pytest.mark.parametrize("stay", YARD["stays"], ids=lambda stay: str(stay["minutes"]))
def test_the_yard_s_own_tariff(vehicle_type: str, stay: dict[str, int]) -> None:
    plan = YARD["plans"][vehicle_type]
    assert price(Plan(**plan), stay_of(stay["minutes"])).total == stay["days"] * plan["daily"]


@pytest.mark.parametrize(
    ("minutes", "total", "words"),
    [
        (1, 2_000, ["1 hour"]),
        (HOUR, 2_000, ["1 hour"]),
        (HOUR + 1, 4_000, ["2 hours"]),
        (5 * HOUR, 10_000, ["5 hours"]),
        (5 * HOUR + 1, 10_000, ["6 hours (capped at one day)"]),
        (DAY, 10_000, ["1 day"]),
        (DAY + 61, 14_000, ["1 day", "2 hours"]),
        (3 * DAY + 20 * HOUR, 40_000, ["3 days", "20 hours (capped at one day)"]),
        (5 * DAY, 50_000, ["5 days"]),
        (6 * DAY + 20 * HOUR, 50_000, ["6 days 20 hours (capped at one week)"]),
        (2 * WEEK + 1, 102_000, ["2 weeks", "1 hour"]),
        (3 * WEEK + 1, 150_000, ["3 weeks 1 hour (capped at one month)"]),
        (MONTH, 150_000, ["1 month"]),
        (MONTH + WEEK + DAY + 1, 212_000, ["1 month", "1 week", "1 day", "1 hour"]),
    ],
)
def test_larger_units_cap_smaller_ones(minutes: int, total: int, words: list[str]) -> None:
    fee = price(ALL_UNITS, stay_of(minutes))
    assert fee.total == total
    assert [line.description for line in fee.lines] == words


def test_a_missing_unit_is_skipped() -> None:
    plan = Plan(currency="INR", hourly=2_000, weekly=50_000)
    assert price(plan, stay_of(DAY)).total == 48_000
    assert price(plan, stay_of(DAY + 2 * HOUR)).total == 50_000
    assert price(plan, stay_of(WEEK + 1)).lines[0].code == "weekly"


def test_a_unit_dearer_than_what_it_caps_never_counts() -> None:
    plan = Plan(currency="INR", hourly=1_000, daily=30_000)
    assert price(plan, stay_of(DAY)).total == 24_000
    assert price(plan, stay_of(30 * HOUR)).total == 30_000


def test_a_started_unit_begins_a_second_late_and_fractions_are_given_away() -> None:
    def after(**span: float) -> int:
        return price(ALL_UNITS, Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(**span))).total

    assert after(hours=1, microseconds=999_999) == 2_000
    assert after(hours=1, seconds=1) == 4_000
    assert after(microseconds=999_999) == 0
    assert after(seconds=1) == 2_000


def test_duration_counts_started_minutes() -> None:
    assert price(ALL_UNITS, Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(seconds=61))).duration_minutes == 2


def test_no_time_is_free_and_says_so() -> None:
    fee = price(ALL_UNITS, stay_of(0, allowed=-10))
    assert (fee.total, fee.rate_applied) == (0, "free")
    assert [line.description for line in fee.lines] == ["Free: no time passed"]


def test_grace_is_all_or_nothing_and_its_last_minute_is_free() -> None:
    plan = Plan(currency="INR", hourly=2_000, grace_minutes=15, tax_rate=Decimal(18))
    assert [line.description for line in price(plan, stay_of(15)).lines] == ["Free: 15 min, within the first 15 min"]
    assert price(plan, stay_of(15 + 1 / 60)).base == 2_000
    assert price(plan, stay_of(61)).base == 4_000


@pytest.mark.parametrize(
    ("minutes", "penalty"),
    [
        (5 * HOUR, 0),
        (5 * HOUR + 10, 0),
        (5 * HOUR + 10 + 1 / 60, 1_000),
        (7 * HOUR, 2_000),
        (4 * HOUR, 0),
    ],
)
def test_overstay_costs_the_multiplier_of_the_time_past_the_allowed_end(minutes: float, penalty: int) -> None:
    plan = Plan(currency="INR", hourly=2_000, grace_minutes=10, overstay_multiplier=Decimal("1.5"))
    fee = price(plan, stay_of(minutes, allowed=5 * HOUR))
    assert fee.penalty == penalty
    assert fee.total == fee.base + penalty


def test_overstay_within_a_cap_costs_nothing_more() -> None:
    plan = Plan(currency="INR", daily=10_000, overstay_multiplier=Decimal(3))
    assert price(plan, stay_of(20 * HOUR, allowed=2 * HOUR)).total == 10_000
    fee = price(plan, stay_of(30 * HOUR, allowed=2 * HOUR))
    assert (fee.base, fee.penalty) == (20_000, 20_000)
    assert fee.lines[-1].code == "overstay_penalty"
    assert fee.lines[-1].description == "Overstay of 1680 min, charged 3 times"


def test_overstay_is_rounded_once_half_up() -> None:
    plan = Plan(currency="JPY", hourly=101, overstay_multiplier=Decimal("1.5"))
    assert price(plan, stay_of(2 * HOUR, allowed=HOUR)).penalty == 51


def test_tax_is_added_to_the_sum_half_up() -> None:
    plan = Plan(currency="INR", hourly=1_225, tax_rate=Decimal(18))
    fee = price(plan, stay_of(1))
    assert (fee.base, fee.tax, fee.total) == (1_225, 221, 1_446)
    assert (fee.lines[-1].code, fee.lines[-1].description) == ("tax", "Tax 18%")


def test_contained_tax_is_taken_out_of_the_lines_and_the_price_stays() -> None:
    plan = Plan(
        currency="INR", hourly=2_000, daily=10_000, tax_rate=Decimal(18), tax_inclusive=True,
        overstay_multiplier=Decimal("1.5"),
    )  # fmt: skip
    fee = price(plan, stay_of(DAY + 1, allowed=2 * HOUR))
    assert [(line.code, line.unit_amount, line.amount) for line in fee.lines] == [
        ("daily", 10_000, 8_474),
        ("hourly", 2_000, 1_695),
        ("overstay_penalty", 4_000, 3_390),
        ("tax", 2_441, 2_441),
    ]
    assert fee.total == 16_000
    assert fee.lines[-1].description == "Tax 18%, contained in the prices"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("hourly", {"hourly": None}),
        ("hourly", {"hourly": -1}),
        ("daily", {"daily": 1.5}),
        ("weekly", {"weekly": 10**12}),
        ("grace_minutes", {"grace_minutes": -1}),
        ("grace_minutes", {"grace_minutes": 10_081}),
        ("overstay_multiplier", {"overstay_multiplier": Decimal("0.99")}),
        ("overstay_multiplier", {"overstay_multiplier": Decimal("NaN")}),
        ("overstay_multiplier", {"overstay_multiplier": 1.5}),
        ("tax_rate", {"tax_rate": Decimal("100.1")}),
        ("tax_rate", {"tax_rate": Decimal(-1)}),
        ("tax_rate", {"tax_rate": Decimal("1e-30")}),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(field: str, change: dict[str, object]) -> None:
    with pytest.raises(InvalidPlan) as refusal:
        Plan(**{"currency": "INR", "hourly": 1_000, **change})
    assert refusal.value.field == field


def test_a_plan_in_no_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        Plan(currency="RUPEES", hourly=1)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("exit_at", {"exit_at": ENTRY - timedelta(seconds=1)}),
        ("entry_at", {"entry_at": datetime(2026, 3, 1)}),  # noqa: DTZ001
        ("exit_at", {"exit_at": datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Kolkata"))}),
        ("allowed_until", {"allowed_until": datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=1)))}),
    ],
)
def test_a_stay_that_cannot_have_been_is_refused(field: str, change: dict[str, datetime]) -> None:
    with pytest.raises(InvalidStay) as refusal:
        Stay(**{"entry_at": ENTRY, "exit_at": ENTRY, **change})
    assert refusal.value.field == field


def test_a_fee_that_cannot_be_stored_is_refused() -> None:
    plan = Plan(currency="INR", hourly=10**11, overstay_multiplier=Decimal(100))
    stay = Stay(
        entry_at=datetime(1, 1, 1, tzinfo=UTC), exit_at=datetime(9999, 1, 1, tzinfo=UTC), allowed_until=ENTRY
    )  # fmt: skip
    with pytest.raises(FeeOutOfRange):
        price(plan, stay)
