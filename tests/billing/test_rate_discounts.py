"""Discounts of a rate structure: what each takes off, in which order, and what a quote and a fee say of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.billing.models import StayFee, TariffPlan
from apps.billing.tariff import Plan, SimpleDiscount, Stay, activate, price
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ENTRY, YARD, Yard, charge
from tests.billing.plans import minutes, stay_of
from tests.factories.api import Api

SignIn = Callable[..., Api]
STAFF = SimpleDiscount(code="STAFF", name="Staff", kind="percent", value=Decimal(50))
TENNER = SimpleDiscount(code="TENNER", name="Ten off", kind="amount", value=Decimal(10), fact="shopped")
HOUR = SimpleDiscount(code="HOUR", name="First hour", kind="time", value=Decimal(60), fact="cinema")
ALL = ("STAFF", "shopped", "cinema")


def plan(stacking: Any = "inOrder", *discounts: SimpleDiscount) -> Plan:
    return Plan(currency="INR", hourly=2_000, discounts=discounts or (STAFF, TENNER, HOUR), stacking=stacking)


def stay(hours: int, *facts: str) -> Stay:
    end = ENTRY + timedelta(hours=hours)
    return Stay(entry_at=ENTRY, exit_at=end, facts=dict.fromkeys(facts, True))


@pytest.mark.parametrize(
    ("stacking", "facts", "total", "applied"),
    [
        ("inOrder", (), 8_000, ()),
        ("inOrder", ("STAFF",), 4_000, ("STAFF",)),
        ("inOrder", ("shopped",), 7_000, ("TENNER",)),
        ("inOrder", ("cinema",), 6_000, ("HOUR",)),
        ("inOrder", ("STAFF", "shopped"), 3_000, ("STAFF", "TENNER")),
        ("best", ("STAFF", "shopped"), 4_000, ("STAFF",)),
        ("best", ("shopped", "cinema"), 6_000, ("HOUR",)),
    ],
)
def test_what_is_taken_off_four_hours(
    stacking: str, facts: tuple[str, ...], total: int, applied: tuple[str, ...]
) -> None:
    fee = price(plan(stacking), stay(4, *facts))
    assert (fee.total, fee.discounts_applied) == (total, applied)


def test_one_that_was_passed_over_is_a_line_that_says_why() -> None:
    best = price(plan("best"), stay(4, "STAFF", "shopped"))
    assert [(line.code, line.amount) for line in best.lines] == [
        ("hourly", 8_000), ("discount", -4_000), ("not_applied", 0),
    ]  # fmt: skip
    assert best.lines[-1].description == "TENNER: Ten off (not applied: STAFF takes off more)"


def test_the_rate_structure_without_discounts_is_the_plan_that_it_was() -> None:
    bare = Plan(currency="INR", hourly=2_000)
    assert bare.compiled.hash == "7b5c384a60a0d64b3afef6609182e2d75fe22c9c23590557cc9dc66c5718841c"
    assert plan().compiled.hash != bare.compiled.hash


def test_such_a_plan_passes_every_check_of_one_that_is_posted() -> None:
    for stacking in ("inOrder", "best"):
        simple = plan(stacking).compiled
        assert activate(simple.canonical).hash == simple.hash


@settings(deadline=None)
@given(
    st.permutations([STAFF, TENNER, HOUR]),
    st.sampled_from(["inOrder", "best"]),
    st.sets(st.sampled_from(ALL)),
    minutes,
    minutes,
)
def test_a_discount_never_costs_and_a_longer_stay_never_costs_less(
    order: list[SimpleDiscount], stacking: str, facts: set[str], one: int, other: int
) -> None:
    discounted, fees = plan(stacking, *order), []
    for length in sorted((one, other)):
        timed = stay_of(length)
        asked = Stay(entry_at=timed.entry_at, exit_at=timed.exit_at, facts=dict.fromkeys(facts, True))
        fee = price(discounted, asked)
        assert 0 <= fee.total <= price(discounted, timed).total
        assert fee.total == sum(line.amount for line in fee.lines)
        fees.append(fee.total)
    assert fees[0] <= fees[1]


def test_through_the_api_a_fact_brings_the_discount(api: SignIn, yard: Yard, in_acme: TenantRef) -> None:
    discounts = [
        {"code": "STAFF", "name": "Staff", "kind": "percent", "value": 50},
        {"code": "HOUR", "name": "First hour", "kind": "time", "value": 60, "takenFrom": "end", "fact": "cinema"},
    ]
    body = {
        "vehicleType": "car",
        "rates": {"hourly": 20},
        "discounts": discounts,
        "stacking": "best",
        "effectiveDate": "2026-01-01T00:00:00Z",
    }
    made = api("manager").post("billing/rates", body)
    assert made.status == 201, made.json
    assert made.json["discounts"] == [discounts[0] | {"takenFrom": "start", "fact": "STAFF"}, discounts[1]]
    assert made.json["stacking"] == "best"
    asked = {
        "vehicleType": "car",
        "locationId": str(YARD),
        "entryTime": ENTRY.isoformat(),
        "exitTime": (ENTRY + timedelta(hours=3)).isoformat(),
        "facts": {"STAFF": True, "cinema": True},
    }
    quote = api().post("billing/quotes", asked).json
    assert (quote["totalAmount"], quote["discountAmount"]) == (30, 30)
    assert quote["breakdown"]["discountsApplied"] == ["STAFF"]

    entered = yard.stay(3, facts={"cinema": True})
    charged = charge(entered)
    assert charged.fee is not None
    assert (charged.fee.total_amount, charged.fee.breakdown.discounts_applied) == (40, ("HOUR",))
    fee = StayFee.objects.get()
    assert fee.priced_from == {"facts": {"cinema": True}}
    kept = activate(TariffPlan.objects.get(hash=fee.plan_hash).document.encode())
    again = Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(hours=3), facts={"cinema": True, "vehicleType": "car"})
    assert price(kept, again).total == fee.total


def test_a_change_keeps_the_discounts_unless_it_names_others(api: SignIn, yard: Yard, in_acme: TenantRef) -> None:
    manager = api("manager")
    discount = {"code": "STAFF", "name": "Staff", "kind": "percent", "value": 50}
    body = {"vehicleType": "car", "rates": {"hourly": 20}, "discounts": [discount]}
    call = manager.post("billing/rates", body)["Location"]
    dearer = manager.patch(call, {"rates": {"hourly": 30}}, {"If-Match": '"1"'}).json
    assert [each["code"] for each in dearer["discounts"]] == ["STAFF"]
    without = manager.patch(call, {"discounts": [], "stacking": "best"}, {"If-Match": '"2"'}).json
    assert (without["discounts"], without["stacking"], without["rates"]["hourly"]) == ([], "best", 30)
    assert datetime.fromisoformat(without["effectiveDate"]).tzinfo == UTC
