"""Engine against oracle on random plans and stays.

Run: python -m tests.billing.agreement [--pairs 100000] [--seed N] [--processes 2]. Prints the seeds.
"""

import argparse
import json
import random
import re
import secrets
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from apps.billing.tariff import CompiledPlan, FeeOutOfRange, Stay, Visit
from apps.billing.tariff.activation import check
from apps.billing.tariff.document.canonical import read_plan
from tests.billing.oracle_plans import Oracle
from tests.billing.oracle_taxi import seconds
from tests.billing.random_plans import PlanMaker, random_entry

EXITS = 90


def disagreements(seed: int) -> tuple[int, list[str]]:
    """One random plan with stays from one entry: how many were compared, and what differed."""
    chance = random.Random(seed)
    fine = chance.random() < 0.2
    maker = PlanMaker(chance, fine=fine)
    plan = maker.plan()
    _drop_unused(plan)
    document = read_plan(json.dumps(plan).encode())
    check(document)
    compiled = CompiledPlan(document)
    entry = random_entry(chance, maker.zone)
    facts = {"badge": chance.random() < 0.5, "vehicleType": chance.choice(["car", "van", "bus"]),
             "payloadKg": chance.choice([0, 3_000, 3_001, 9_000]), "resident": chance.random() < 0.5}  # fmt: skip
    visits = _visits(chance, entry) if "visits" in json.dumps(plan["editions"]) and not fine else []
    oracle = Oracle(plan, entry, tick=1 if fine else 60, facts=facts, visits=visits)
    exits = _exits(chance, entry, _own_lengths(plan), fine=fine)
    allowed = entry + timedelta(minutes=chance.choice([-5, 0, 30, 120, 1_500])) if chance.random() < 0.4 else None
    if fine and allowed:
        allowed = entry + timedelta(minutes=20)
    shortened = any(item["kind"] == "time" for item in plan["discounts"]["items"])
    paid = _payments(chance, exits, often=shortened)
    after = [end for end in exits if end >= paid[-1]][: 20 if shortened else 4] if paid else []
    whats = [(exits, [])] + ([(after, paid)] if paid else [])
    wrong, pairs = [], 0
    for ends, payments in whats:
        expected = oracle.fees(ends, allowed=allowed, paid=payments)
        for end, total in zip(ends, expected, strict=True):
            pairs += 1
            stay = Stay(entry_at=entry, exit_at=end, allowed_until=allowed, facts=facts, paid_at=tuple(payments),
                        earlier_visits=tuple(Visit(entry_at=a, exit_at=b) for a, b in visits))  # fmt: skip
            found = _priced(compiled, stay)
            discounts = oracle.discounts.get(end, ((), set()))
            if found != ((total, *discounts) if total >= 0 else FeeOutOfRange.code):
                wrong.append(
                    f"seed {seed}: {entry} to {end}, paid {payments}, allowed {allowed}: {found}, "
                    f"oracle {total}, {discounts}"
                )
    return pairs, wrong


def _priced(compiled: CompiledPlan, stay: Stay) -> tuple[int, tuple[str, ...], set[str]] | str:
    """The total, the codes of the discounts that were taken and of those that a line names beside, or why not."""
    try:
        fee = compiled.price(stay)
    except FeeOutOfRange as error:
        return error.code
    parts = fee.base + fee.penalty - fee.discount + fee.tax
    if not fee.total == parts == sum(line.amount for line in fee.lines):
        return "the sum of the lines is off"
    if compiled.total(stay) != fee.total:
        return "the total without lines is another one"
    beside = {line.description.partition(":")[0] for line in fee.lines if "takes off more" in line.description}
    return fee.total, fee.discounts_applied, beside


def _drop_unused(plan: dict[str, Any]) -> None:
    """Random making leaves windows and facts behind that no meter took; activation would refuse them."""
    used = json.dumps([plan["editions"], plan["overstay"], plan["afterPayment"], plan["discounts"]])
    for named in (plan["windows"], plan["facts"]):
        for name in list(named):
            if f'"{name}"' not in used:
                del named[name]
    if not any("holiday" in window["days"] for window in plan["windows"].values()):
        plan["calendars"] = []


def _own_lengths(plan: dict[str, Any]) -> list[int]:
    """The lengths that the plan names, in seconds, so that exits fall on its boundaries."""
    return [seconds(text) for text in re.findall(r'"(\d+[hms])"', json.dumps(plan["editions"]))] or [60]


def _exits(chance: random.Random, entry: datetime, own: list[int], *, fine: bool) -> list[datetime]:
    if fine:
        return [
            entry
            + timedelta(
                seconds=chance.choice([chance.randrange(3_600), chance.randrange(200), min(3_600, chance.choice(own))])
            )
            for _ in range(EXITS)
        ]
    longest = chance.choice([300, 1_500, 1_500, 4_400, 4_400, 21 * 1_440 if chance.random() < 0.15 else 3_000])
    edges = [15, 30, 60, 90, 120, 300, 1_440, 2_880]
    kinds = [
        lambda: chance.randrange(longest),
        lambda: 30 * chance.randrange(longest // 30),
        lambda: min(longest, chance.choice(own) // 60 + chance.choice([-1, 0, 0, 1])) % longest,
        lambda: min(longest, chance.choice(edges) + chance.choice([-1, 0, 1])),
    ]
    minutes = [chance.choice(kinds)() for _ in range(EXITS)]
    return [entry + timedelta(minutes=minute) for minute in minutes]


def _visits(chance: random.Random, entry: datetime) -> list[tuple[datetime, datetime]]:
    gone = entry - timedelta(minutes=chance.randrange(300))
    came = gone - timedelta(minutes=chance.randrange(600))
    first = came - timedelta(minutes=chance.randrange(100))
    return [(first - timedelta(minutes=chance.randrange(200)), first), (came, gone)]


def _payments(chance: random.Random, exits: list[datetime], *, often: bool) -> list[datetime]:
    """In 3 of 10 stays; in 9 of 10 under a `time` discount, which seldom comes together with a payment."""
    if chance.random() < (0.1 if often else 0.7):
        return []
    return sorted(chance.sample(sorted(exits)[: EXITS // 2], chance.randrange(1, 3)))


def compare(seeds: range) -> tuple[int, list[str]]:
    """Several plans, one after another."""
    results = [disagreements(seed) for seed in seeds]
    return sum(pairs for pairs, _ in results), [line for _, wrong in results for line in wrong]


def _chunks(first: int, size: int) -> Iterator[range]:
    while True:
        yield range(first, first + size)
        first += size


def main() -> None:
    """Compare until so many pairs of plan and stay agree; exit with 1 if one does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    compared, wrong, plans = 0, [], 0
    chunks = _chunks(asked.seed, 50)
    with ProcessPoolExecutor(asked.processes) as pool:
        while compared < asked.pairs:
            for pairs, lines in pool.map(compare, [next(chunks) for _ in range(2 * asked.processes)]):
                compared, plans = compared + pairs, plans + 50
                wrong += lines
            print(f"{compared:,} stays, {len(wrong)} disagree", file=sys.stderr, flush=True)
    print("\n".join(wrong[:50]))
    print(f"{compared:,} stays under {plans:,} random plans: {len(wrong)} disagree")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
