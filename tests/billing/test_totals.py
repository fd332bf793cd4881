"""A total that is found without lines is that of the fee's lines, and is refused in the same words."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from apps.billing.tariff import CompiledPlan, Stay, Unpriceable, Visit
from apps.billing.tariff.document.canonical import read_plan
from tests.billing.packs import PACKS, cases, plan_bytes
from tests.billing.random_plans import PlanMaker, random_entry

SEEDS = range(20_261_127, 20_261_127 + 300)


def total_of_lines(plan: CompiledPlan) -> Callable[[Stay], int]:
    return lambda stay: plan.price(stay).total


def told(price: Callable[[Stay], int], stay: Stay) -> int | tuple[str, str]:
    """The price, or why there is none."""
    try:
        return price(stay)
    except Unpriceable as error:
        return error.code, str(error)


def random_stays(chance: random.Random, zone: str) -> Iterator[Stay]:
    """Stays of minutes to weeks; visits, payments, an allowed end and fractions of seconds come and go."""
    for _ in range(12):
        entry = random_entry(chance, zone) + timedelta(
            seconds=chance.choice([0, 17]), microseconds=chance.choice([0, 5])
        )
        most = chance.choice([3_600, 90_000, 900_000])
        length = timedelta(seconds=chance.choice([0, chance.randrange(most), 60 * chance.randrange(most // 60)]))
        allowed = chance.choice([None, None, entry + timedelta(minutes=chance.choice([-5, 0, 30, 1_500]))])
        paid = sorted(entry + length * chance.random() for _ in range(chance.choice([0, 0, 1, 2])))
        yield Stay(
            entry_at=entry, exit_at=entry + length, allowed_until=allowed, paid_at=tuple(paid),
            earlier_visits=chance.choice([(), visits(entry)]),
            facts={"badge": chance.random() < 0.5, "vehicleType": chance.choice(["car", "van", "bicycle"]),
                   "payloadKg": chance.choice([0, 3_001, 9_001]), "resident": chance.random() < 0.5},
        )  # fmt: skip


def visits(entry: datetime) -> tuple[Visit, ...]:
    return tuple(
        Visit(entry_at=entry - timedelta(hours=since), exit_at=entry - timedelta(hours=until))
        for since, until in ((6, 3), (2, 0.1))
    )


@pytest.mark.parametrize("seeds", [SEEDS[first : first + 100] for first in range(0, len(SEEDS), 100)], ids=str)
def test_random_plans_have_the_total_of_their_lines(seeds: range) -> None:
    priced = 0
    for seed in seeds:
        chance = random.Random(seed)
        maker = PlanMaker(chance, fine=chance.random() < 0.2)
        plan = maker.plan()
        plan["rounding"]["on"] = chance.choice(["line", "total", "total"])
        plan["tax"]["roundedOn"] = chance.choice(["line", "total", "total"])
        plan["longestStay"] = chance.choice(["366d", "366d", "2d"])
        compiled = CompiledPlan(read_plan(json.dumps(plan).encode()))
        for stay in random_stays(chance, maker.zone):
            expected = told(total_of_lines(compiled), stay)
            assert told(compiled.total, stay) == expected, (seed, stay)
            priced += isinstance(expected, int)
    assert 500 < priced < 1_200, "some have a price, some have none"


def test_every_published_list_has_the_total_of_its_lines() -> None:
    plans = {
        (pack, name): CompiledPlan(read_plan(plan_bytes(content["plan"])))
        for pack, whole in PACKS.items()
        for name, content in whole["plans"].items()
    }
    for case in cases():
        plan = plans[case.pack, case.plan_name]
        assert told(plan.total, case.stay()) == told(total_of_lines(plan), case.stay()), case.id
