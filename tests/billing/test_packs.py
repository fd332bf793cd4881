"""The acceptance packs under the engine itself; test_packs_api.py sends them through the API."""

from functools import cache
from typing import Any

import pytest

from apps.billing.tariff import CompiledPlan, InvalidPlan, Unpriceable, activate, price
from apps.core.money import minor_to_decimal
from tests.billing.packs import PACKS, Case, cases, plan_bytes

REFUSED = [(pack, refused) for pack, content in PACKS.items() for refused in content["refusedPlans"]]


@cache
def _activated(pack: str, name: str) -> CompiledPlan:
    return activate(plan_bytes(PACKS[pack]["plans"][name]["plan"]))


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.id)
def test_each_stay_costs_what_the_list_says(case: Case) -> None:
    plan = _activated(case.pack, case.plan_name)
    if case.fee is None:
        with pytest.raises(Unpriceable) as refusal:
            price(plan, case.stay())
        assert refusal.value.code == case.facts["reason"]
    else:
        fee = price(plan, case.stay())
        assert minor_to_decimal(fee.total, fee.currency) == case.fee, [line.description for line in fee.lines]


@pytest.mark.parametrize(("pack", "refused"), REFUSED, ids=[pack for pack, _ in REFUSED])
def test_a_list_with_a_gap_is_refused_at_activation(pack: str, refused: dict[str, Any]) -> None:
    with pytest.raises(InvalidPlan) as refusal:
        activate(plan_bytes(refused["plan"]))
    assert refusal.value.field == refused["path"]
    assert refused["says"] in str(refusal.value)


def test_all_ten_published_lists_are_there_and_twelve_more() -> None:
    published = {pack for pack, content in PACKS.items() if not content["source"].startswith("Constructed")}
    assert len(published) == 10
    assert len(PACKS) - len(published) >= 12
    for content in PACKS.values():
        assert all(set(stay["fees"]) <= set(content["plans"]) for stay in content["stays"])
        assert set(content["plans"]) == {name for stay in content["stays"] for name in stay["fees"]}
