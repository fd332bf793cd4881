"""What holds for every plan: the same bytes for ever, sums of lines, no price below zero; and what lines tell."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.billing.tariff import CompiledPlan, InvalidPlan, Plan, Stay, Unpriceable, activate, price, restore
from apps.billing.tariff.document.schema import plan_schema
from apps.billing.tariff.local_clock import ElapsedClock, elapsed_clock
from tests.billing.packs import PACKS, cases, plan_bytes
from tests.billing.plans import believable_plans, minutes, stay_of
from tests.billing.test_bad_plans import PLAN, _charging

GOLDEN = Path(__file__).parent / "golden.json"
SCHEMA = Path(__file__).parents[2] / "docs" / "plan.schema.json"
PLANS = [(pack, name) for pack, content in PACKS.items() for name in content["plans"]]


@cache
def _compiled(pack: str, name: str) -> CompiledPlan:
    return activate(plan_bytes(PACKS[pack]["plans"][name]["plan"]))


def fingerprints() -> dict[str, dict[str, Any]]:
    """The hash of each pack's plans, and one of the bytes of all their fees. What golden.json was written from."""
    found: dict[str, dict[str, Any]] = {}
    for case in cases():
        plan = _compiled(case.pack, case.plan_name)
        kept = found.setdefault(f"{case.pack}/{case.plan_name}", {"plan": plan.hash, "fees": ""})
        try:
            told = msgspec.json.encode(price(plan, case.stay()))
        except Unpriceable as error:
            told = error.code.encode()
        kept["fees"] = hashlib.sha256(kept["fees"].encode() + told).hexdigest()
    return found


def test_the_same_plan_and_stay_give_the_same_bytes_for_ever() -> None:
    assert fingerprints() == json.loads(GOLDEN.read_text())


def test_the_schema_in_the_docs_is_that_of_the_code() -> None:
    assert SCHEMA.read_text() == plan_schema(), "python -m apps.billing.tariff.document.schema > docs/plan.schema.json"


@pytest.mark.parametrize(("pack", "name"), PLANS)
def test_every_plan_fits_the_schema_and_survives_its_canonical_form(pack: str, name: str) -> None:
    plan = json.loads(plan_bytes(PACKS[pack]["plans"][name]["plan"]))
    jsonschema.validate(plan, json.loads(SCHEMA.read_text()))
    again = restore(_compiled(pack, name).canonical)
    assert (again.hash, again.canonical) == (_compiled(pack, name).hash, _compiled(pack, name).canonical)


def test_a_plan_that_is_written_differently_is_the_same_plan() -> None:
    other = json.dumps(dict(reversed(PLAN.items())), indent=3).replace('"price": 2,', '"price": 2.000,')
    assert "2.000" in other
    assert activate(other.encode()).hash == activate(json.dumps(PLAN).encode()).hash


@settings(deadline=None)
@given(
    st.sampled_from(PLANS),
    st.datetimes(datetime(2022, 8, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.integers(0, 6 * 86_400),
    st.integers(0, 86_400),
)
def test_lines_add_up_and_longer_never_costs_less_unless_the_plan_says_so(
    which: tuple[str, str], entry: datetime, seconds: int, more: int
) -> None:
    compiled = _compiled(*which)
    fees = []
    for length in (seconds, seconds + more):
        start = entry.replace(tzinfo=UTC)
        facts = {"vehicleType": "trailer", "payloadKg": 2_000, "railTicket": True}
        try:
            fee = price(compiled, Stay(entry_at=start, exit_at=start + timedelta(seconds=length), facts=facts))
        except Unpriceable:
            return
        assert fee.total == sum(line.amount for line in fee.lines)
        assert fee.total == fee.base + fee.penalty - fee.discount + fee.tax >= 0
        fees.append(fee.total)
    if not compiled.document.longer_may_cost_less:
        assert fees[0] <= fees[1]


@settings(deadline=None)
@given(believable_plans, minutes)
def test_a_ladder_is_caps_in_repeats(plan: Plan, length: int) -> None:
    """API.md's rate structure, said with the other meters, costs the same."""
    charge: Any = None
    for code, per in (("hourly", "1h"), ("daily", "24h"), ("weekly", "7d"), ("monthly", "30d")):
        amount = next((unit.price for unit in plan.units if unit.code == code), None)
        if amount is None:
            continue
        if charge is None:
            charge = {"kind": "units", "price": amount / 100, "per": per, "step": per, "count": "started"}
        else:
            capped = {"kind": "cap", "at": amount / 100, "per": {"kind": "span"}, "visits": "each", "of": charge}
            charge = {"kind": "repeat", "each": {"kind": "length", "of": per}, "of": capped}
    said = restore(json.dumps(_charging(charge, currency="INR", longestStay="366d")).encode())
    ladder = Plan(currency="INR", **{unit.code: unit.price for unit in plan.units})
    assert price(said, stay_of(length)).total == price(ladder, stay_of(length)).total


def test_a_special_that_does_not_apply_says_why() -> None:
    case = next(c for c in cases() if c.pack == "lancaster" and c.plan_name == "first" and c.fee == 8)
    words = [line.description for line in price(_compiled("lancaster", "first"), case.stay()).lines]
    assert words == [
        "Hourly: 2 × 1h at 2.00",
        "Hourly: 4 × 1h at 1.00",
        "Weekend night not applied: entered Fri 16:59, not in 17:00–05:00",
    ]


def test_a_cheaper_offer_names_what_the_other_would_cost() -> None:
    case = next(c for c in cases() if c.pack == "lancaster" and c.plan_name == "cheapest" and c.fee == 2)
    lines = price(_compiled("lancaster", "cheapest"), case.stay()).lines
    assert lines[-1].amount == 0
    assert "not applied" in lines[-1].description


def test_tax_by_line_is_rounded_on_each() -> None:
    tax = {"prices": "exclusive", "rateOf": "entry", "roundedOn": "line", "rates": [{"since": None, "percent": 18}]}
    flats = {"kind": "sum", "of": [{"kind": "flat", "price": 0.03}, {"kind": "flat", "price": 0.03}]}
    by_line = activate(json.dumps(_charging(flats, tax=tax)).encode())
    once = activate(json.dumps(_charging(flats, tax=tax | {"roundedOn": "total"})).encode())
    assert (price(by_line, stay_of(5)).tax, price(once, stay_of(5)).tax) == (2, 1)


def test_rounding_by_line_and_on_the_total_differ() -> None:
    third = {"kind": "units", "price": 0.01, "per": "3m", "step": "1m", "count": "started"}
    rounding = {"to": 0.01, "mode": "up", "on": "line"}
    plan = _charging({"kind": "sum", "of": [third, third]}, rounding=rounding)
    on_total = plan | {"rounding": rounding | {"on": "total"}}
    assert price(activate(json.dumps(plan).encode()), stay_of(1)).total == 2
    assert price(activate(json.dumps(on_total).encode()), stay_of(1)).total == 1


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        ("Europe/Amsterdam", "2026-03-29", (2, 30), "2026-03-29T01:00"),  # skipped: at the change
        ("Europe/Amsterdam", "2026-10-25", (2, 30), "2026-10-25T00:30"),  # twice: the first
        ("Africa/Cairo", "2026-04-24", (0, 0), "2026-04-23T22:00"),  # a day that begins at 01:00
        ("Australia/Lord_Howe", "2026-10-04", (2, 15), "2026-10-03T15:30"),  # half an hour is skipped
        ("Pacific/Apia", "2011-12-30", (12, 0), "2011-12-30T10:00"),  # a day that never was
    ],
)
def test_clock_times_on_days_of_a_change(zone: str, day: str, clock: tuple[int, int], expected: str) -> None:
    found: ElapsedClock = elapsed_clock(zone)
    number = (datetime.fromisoformat(day) - datetime(1970, 1, 1)).days  # noqa: DTZ001 - local dates
    at = found.instant(number, clock[0] * 3_600 + clock[1] * 60)
    assert datetime.fromtimestamp(at, UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_an_entry_in_the_hour_that_comes_twice_is_past_a_window_that_ended_in_it() -> None:
    """The window 00:00 to 02:30 ends when the clock first shows 02:30; the second 02:15 is no longer in it."""
    windows = {"early": {"days": ["sun"], "begins": "00:00", "ends": "02:30", "endsDaysLater": 0}}
    flat, free = {"kind": "flat", "price": 7}, {"kind": "free", "because": "late"}
    bands = {"kind": "bands", "boundary": "split", "bands": [{"window": "early", "of": flat}], "elsewhere": free}
    plan = activate(json.dumps(_charging(bands, windows=windows)).encode())
    first, second = (datetime(2026, 10, 25, hour, 15, tzinfo=UTC) for hour in (0, 1))
    assert price(plan, Stay(entry_at=first, exit_at=first + timedelta(minutes=5))).total == 700
    assert price(plan, Stay(entry_at=second, exit_at=second + timedelta(minutes=5))).total == 0


def test_a_longer_stay_that_is_cheaper_is_found_by_the_probes() -> None:
    cheaper = {
        "kind": "slabs",
        "slabs": [{"upTo": "1h", "price": 5}, {"upTo": "2h", "price": 4}],
        "boundary": "included",
    }
    plan = _charging(cheaper | {"pastTheLast": "left", "beyond": {"kind": "free", "because": "rest"}})
    with pytest.raises(InvalidPlan, match="set it to true"):
        activate(json.dumps(plan).encode())
    assert activate(json.dumps(plan | {"longerMayCostLess": True}).encode())
