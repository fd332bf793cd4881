"""The engine agrees with the taxi meters on random plans; the packs hold the taxi meters to hand-written fees.

A few thousand pairs here, with the seed in the test's name; `python -m tests.billing.agreement` compares 100,000.
"""

from datetime import UTC, datetime

import pytest

from apps.billing.tariff import Stay, price
from apps.billing.tariff.compiled import CompiledPlan
from apps.core.money import minor_from_decimal
from tests.billing.agreement import disagreements
from tests.billing.oracle_plans import Oracle
from tests.billing.oracle_taxi import NoPrice
from tests.billing.packs import Case, cases
from tests.billing.test_packs import _activated

FIRST_SEED = 20_261_122
UNKNOWN = {"fact_unknown", "longer_than_longest_stay"}
COUNTED = [case for case in cases() if case.facts.get("reason") not in UNKNOWN and len(case.facts["exit"]) == 16]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 40))
def test_random_plans_agree_with_the_taxi_meters(seed: int) -> None:
    pairs, wrong = disagreements(seed)
    assert pairs >= 90
    assert wrong == []


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: case.id)
def test_the_taxi_meters_know_the_published_lists(case: Case) -> None:
    stay = case.stay()
    visits = [(visit.entry_at, visit.exit_at) for visit in stay.earlier_visits]
    tick = 1 if "'step': '1s'" in str(case.plan) else 60
    oracle = Oracle(case.plan, stay.entry_at, tick=tick, facts=dict(stay.facts), visits=visits)

    def counted() -> list[int]:
        return oracle.fees([stay.exit_at], allowed=stay.allowed_until, paid=stay.paid_at)

    if case.fee is None:
        with pytest.raises(NoPrice):
            counted()
    else:
        assert counted() == [minor_from_decimal(case.fee, case.plan["currency"])]


def test_a_wrong_engine_would_be_seen() -> None:
    """The control: one price that is off by a unit disagrees."""
    case = next(case for case in cases() if case.pack == "cheongju" and case.fee == 500)
    compiled: CompiledPlan = _activated(case.pack, case.plan_name)
    stay = case.stay()
    oracle = Oracle(case.plan, stay.entry_at, tick=60, facts={}, visits=[])
    later = Stay(entry_at=stay.entry_at, exit_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    assert oracle.fees([later.exit_at]) != [price(compiled, stay).total]
