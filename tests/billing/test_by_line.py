"""Rounding and tax by line against a count by hand: each part of a sum runs on a taxi meter of its own.

A part that is a `units` or a `flat` meter is one line, so what the lines are is known without asking the engine.
"""

import json
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil, floor
from typing import Any

import pytest

from apps.billing.tariff import Stay, price, restore
from tests.billing.oracle_clock import moments
from tests.billing.oracle_meters import METERS
from tests.billing.oracle_taxi import World
from tests.billing.test_bad_plans import _charging

ENTRY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
FACTS = {"resident": {"kind": "flag", "absent": False}}


def _part(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"kind": "flat", "price": chance.randrange(500) / 100}
    per, count = chance.choice(["3m", "7m", "1h", "90m"]), chance.choice(["started", "completed"])
    step = chance.choice([per, "1m"])
    return {"kind": "units", "price": chance.randrange(300) / 100, "per": per, "step": step, "count": count}


def _random_plan(chance: random.Random, *, on: str, tax_on: str) -> dict[str, Any]:
    parts = [_part(chance) for _ in range(chance.randrange(2, 6))]
    discount = {"kind": "percent", "code": "P", "name": "residents", "when": [{"fact": "resident", "equals": True}]}
    return _charging(
        {"kind": "sum", "of": parts},
        facts=FACTS,
        discounts={"stacking": "inOrder", "items": [discount | {"percent": chance.choice([10, 33.3, 100])}]},
        rounding={"to": chance.choice([0.01, 0.05, 0.5]), "mode": chance.choice(["halfUp", "up", "down"]), "on": on},
        tax={
            "prices": chance.choice(["inclusive", "exclusive"]),
            "rateOf": "entry",
            "roundedOn": tax_on,
            "rates": [{"since": None, "percent": chance.choice([5, 18, 8.875])}],
        },
    )


def _counted(plan: dict[str, Any], minutes: int, *, resident: bool) -> tuple[int, int]:
    """Total and tax in cents, line by line or at once, as the plan says."""
    lines = _rounded(plan["rounding"], _bills(plan, minutes))
    if resident:
        off = _half_up(sum(lines) * Fraction(str(plan["discounts"]["items"][0]["percent"])) / 100)
        lines.append(-min(off, sum(lines)))
    rate = Fraction(str(plan["tax"]["rates"][0]["percent"]))
    exclusive = plan["tax"]["prices"] == "exclusive"
    share = rate / 100 if exclusive else rate / (100 + rate)
    taxed = lines if plan["tax"]["roundedOn"] == "line" else [sum(lines)]
    tax = sum(_half_up(line * share) for line in taxed) if sum(lines) else 0
    return sum(lines) + (tax if exclusive else 0), tax


def _bills(plan: dict[str, Any], minutes: int) -> list[Fraction]:
    world = World(plan, {}, 60, [], METERS)
    walk = list(islice(moments(ENTRY, zone=plan["zone"], wall=False, tick=60), minutes + 1))
    bills = []
    for part in plan["editions"][0]["charge"]["of"]:
        meter = world.meter(part)
        for now, then in pairwise(walk):
            meter.run(now, then)
        bills.append(Fraction(meter.bill(walk[-1]), world.whole))
    return bills


def _rounded(rounding: dict[str, Any], bills: list[Fraction]) -> list[int]:
    to = round(Fraction(str(rounding["to"])) * 100)
    nearest = {"halfUp": _half_up, "up": ceil, "down": floor}[rounding["mode"]]
    if rounding["on"] == "line":
        return [nearest(bill / to) * to for bill in bills]
    return [nearest(sum(bills) / to) * to]


def _half_up(amount: Fraction) -> int:
    """Halves go away from zero, also of a discount."""
    return floor(amount + Fraction(1, 2)) if amount >= 0 else -floor(-amount + Fraction(1, 2))


@pytest.mark.parametrize(("on", "tax_on"), [("line", "line"), ("line", "total"), ("total", "total")])
def test_lines_are_rounded_and_taxed_as_counted_by_hand(on: str, tax_on: str) -> None:
    chance = random.Random(f"{on} {tax_on}")
    for place in range(300):
        plan = _random_plan(chance, on=on, tax_on=tax_on)
        compiled, resident = restore(json.dumps(plan).encode()), chance.random() < 0.5
        for minutes in (1, chance.randrange(2, 20), chance.randrange(2, 400)):
            stay = Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(minutes=minutes), facts={"resident": resident})
            fee = price(compiled, stay)
            assert (fee.total, fee.tax) == _counted(plan, minutes, resident=resident), (place, minutes, plan)
            assert fee.total == sum(line.amount for line in fee.lines)


def test_by_line_and_at_once_differ_often_enough_to_be_told_apart() -> None:
    """The control: with the other way of rounding or of tax the count is another one."""
    chance, differ = random.Random(5), {"rounding": 0, "tax": 0}
    for _ in range(200):
        plan = _random_plan(chance, on="line", tax_on="line")
        as_said = _counted(plan, 37, resident=False)
        differ["rounding"] += (
            _counted(plan | {"rounding": plan["rounding"] | {"on": "total"}}, 37, resident=False) != as_said
        )
        differ["tax"] += _counted(plan | {"tax": plan["tax"] | {"roundedOn": "total"}}, 37, resident=False) != as_said
    assert min(differ.values()) > 20
