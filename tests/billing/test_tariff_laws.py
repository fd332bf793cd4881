"""What holds for every plan and stay, and the agreement with a slow fee counted minute by minute."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.billing.tariff import Plan, Stay, price
from tests.billing.oracle import base_fee, penalty_fee, running_bills, tax_of
from tests.billing.plans import ENTRY, allowances, believable_plans, minutes, plans, stay_of

MINUTES = {"hourly": 60, "daily": 24 * 60, "weekly": 7 * 24 * 60, "monthly": 30 * 24 * 60}
any_plan = plans | believable_plans


@settings(deadline=None)
@given(any_plan, minutes, allowances)
def test_the_total_is_the_sum_of_the_lines_and_of_the_parts(plan: Plan, length: int, allowed: int | None) -> None:
    fee = price(plan, stay_of(length, allowed))
    assert fee.total == sum(line.amount for line in fee.lines)
    assert fee.total == fee.base + fee.penalty - fee.discount + fee.tax
    assert min(line.amount for line in fee.lines) >= 0
    assert min(fee.base, fee.penalty, fee.discount, fee.tax) >= 0


@settings(deadline=None)
@given(any_plan, minutes, allowances)
def test_each_line_multiplies_out_unless_tax_is_contained(plan: Plan, length: int, allowed: int | None) -> None:
    fee = price(plan, stay_of(length, allowed))
    listed = sum(line.quantity * line.unit_amount for line in fee.lines)
    if plan.tax_inclusive and fee.tax:
        assert fee.total + fee.tax == listed
    else:
        assert all(line.amount == line.quantity * line.unit_amount for line in fee.lines)


@settings(deadline=None)
@given(any_plan, minutes, minutes, allowances)
def test_a_longer_stay_never_costs_less(plan: Plan, one: int, other: int, allowed: int | None) -> None:
    shorter, longer = sorted((one, other))
    assert price(plan, stay_of(shorter, allowed)).total <= price(plan, stay_of(longer, allowed)).total


@settings(deadline=None)
@given(any_plan, minutes, allowances)
def test_an_earlier_allowed_end_never_makes_it_cheaper(plan: Plan, length: int, allowed: int | None) -> None:
    assert price(plan, stay_of(length)).total <= price(plan, stay_of(length, allowed)).total
    if allowed is not None:
        assert price(plan, stay_of(length, allowed)).total <= price(plan, stay_of(length, allowed - 30)).total


@settings(deadline=None)
@given(believable_plans, minutes)
def test_one_more_of_a_unit_always_caps_the_rest(plan: Plan, length: int) -> None:
    """The largest unit that is in force bounds every stay: so many started ones at its price."""
    largest = plan.units[0]
    listed = sum(line.quantity * line.unit_amount for line in price(plan, stay_of(length)).lines if line.code != "tax")
    assert listed <= -(-length * 60 // largest.seconds) * largest.price


@settings(deadline=None)
@given(believable_plans, st.sampled_from(list(MINUTES)), st.integers(1, 5))
def test_a_cap_never_makes_a_stay_dearer(plan: Plan, unit: str, count: int) -> None:
    """A stay within one larger unit costs no more than its smaller units alone."""
    smaller = {name: getattr(plan, name) for name in MINUTES if MINUTES[name] < MINUTES[unit]}
    if any(value is not None for value in smaller.values()):
        without = Plan(currency=plan.currency, **smaller)
        capped = Plan(currency=plan.currency, **smaller, **{unit: getattr(plan, unit)})
        for length in (MINUTES[unit], MINUTES[unit] - 1, MINUTES[unit] // (count + 1)):
            assert price(capped, stay_of(length)).total <= price(without, stay_of(length)).total


@settings(deadline=None)
@given(any_plan, minutes, st.integers(0, 999_999), allowances)
def test_the_fee_depends_on_elapsed_seconds_alone(plan: Plan, length: int, fraction: int, allowed: int | None) -> None:
    stay = stay_of(length, allowed)
    shift = timedelta(days=217, hours=3, microseconds=fraction)
    end = None if stay.allowed_until is None else stay.allowed_until + shift
    moved = Stay(entry_at=stay.entry_at + shift, exit_at=stay.exit_at + shift, allowed_until=end)
    assert price(plan, moved) == price(plan, stay)


@settings(max_examples=60, deadline=None)  # a busy machine is no fault of a fee
@given(
    any_plan, st.lists(st.tuples(st.integers(0, 9_000), st.none() | st.integers(0, 9_000)), min_size=20, max_size=30)
)
def test_random_plans_agree_with_the_minute_counter(plan: Plan, stays: list[tuple[int, int | None]]) -> None:
    bills = running_bills({name: getattr(plan, name) for name in MINUTES}, 9_000)
    for length, allowed in stays:
        _assert_agrees(plan, bills, length, allowed)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(currency="INR", hourly=2_000, daily=10_000, weekly=50_000, monthly=150_000, grace_minutes=15),
        Plan(currency="INR", hourly=1_000, weekly=60_000, tax_rate=Decimal(18), tax_inclusive=True),
        Plan(currency="INR", hourly=1_000, daily=30_000, monthly=500_000, tax_rate=Decimal("8.875")),
        Plan(currency="INR", daily=22_500, overstay_multiplier=Decimal("1.5"), grace_minutes=10),
    ],
    ids=["all units", "no day, inclusive", "a day dearer than its hours", "yard with overstay"],
)
def test_ten_weeks_and_the_edges_of_every_unit_agree_with_the_minute_counter(plan: Plan) -> None:
    longest = 70 * 24 * 60
    bills = running_bills({name: getattr(plan, name) for name in MINUTES}, longest)
    for length in range(0, longest, 7):
        _assert_agrees(plan, bills, length, 3 * 24 * 60)
    for unit in MINUTES.values():
        for times in range(1, longest // unit + 1):
            for length in (times * unit - 1, times * unit, min(times * unit + 1, longest)):
                _assert_agrees(plan, bills, length, None)


def _assert_agrees(plan: Plan, bills: list[int], length: int, allowed: int | None) -> None:
    fee = price(plan, stay_of(length, allowed))
    listed = base_fee(bills, length, plan.grace_minutes)
    if allowed is not None:
        listed += penalty_fee(bills, length, allowed, plan.grace_minutes, plan.overstay_multiplier)
    tax = tax_of(listed, plan.tax_rate, inclusive=plan.tax_inclusive)
    assert (fee.total, fee.tax) == (listed if plan.tax_inclusive else listed + tax, tax)
    assert fee.duration_minutes == length


def test_the_oracle_itself_charges_by_hand_counted_examples() -> None:
    bills = running_bills({"hourly": 20, "daily": 100, "weekly": 500}, 8 * 24 * 60)
    assert [bills[minute] for minute in (0, 1, 60, 61, 300, 301, 1440, 1441, 1501)] == [
        0,
        20,
        20,
        40,
        100,
        100,
        100,
        120,
        140,
    ]
    assert [bills[24 * 60 * day] for day in (4, 5, 6, 7)] == [400, 500, 500, 500]
    assert bills[7 * 24 * 60 + 1] == 520
    assert ENTRY.tzinfo is not None
