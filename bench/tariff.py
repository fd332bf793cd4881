"""Fees per second on one core, simplest and richest plan, beside the bare arithmetic of the same totals.

Run: python bench/tariff.py [--rounds N]. To reach: 50,000 fees a second for a rate structure, 5,000 for
the richest plan. All are timed in turn, in one run; the figures are medians over the rounds, of CPU time.

python bench/tariff.py --lab re-rates and adds up a million past stays by each of several plans, on one core and
without the database (with it: make bench B=lab). To reach: a minute.
"""

import argparse
import json
import random
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.billing.tariff import CompiledPlan, Plan, Stay, activate, price  # noqa: E402 - the path first
from bench import lab_rerating as lab  # noqa: E402

STAYS = 20_000
PACKS = ROOT / "tests" / "billing" / "packs"
PLAN = Plan(
    currency="INR",
    hourly=2_000,
    daily=10_000,
    weekly=50_000,
    monthly=150_000,
    grace_minutes=15,
    overstay_multiplier=Decimal("1.5"),
    tax_rate=Decimal(18),
)


def make_stays(count: int) -> list[Stay]:
    """Stays of minutes to weeks, the same on each run; a third of them overstay."""
    chance = random.Random(5)
    stays = []
    for _ in range(count):
        entry = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(525_600))
        length = timedelta(minutes=min(40_000, chance.lognormvariate(5, 1.6)))
        allowed = length * chance.uniform(0.5, 2)
        stays.append(Stay(entry_at=entry, exit_at=entry + length, allowed_until=entry + allowed))
    return stays


def pack_plan(pack: str, name: str, **changed: object) -> CompiledPlan:
    """A published tariff, in another currency for instance."""
    plan = json.loads((PACKS / f"{pack}.json").read_text())["plans"][name]["plan"]
    return activate(json.dumps(plan | changed).encode())


def richest_plan(**changed: object) -> CompiledPlan:
    """The car park of five bands and two editions, under discounts, a shared cap, overstay and tax besides."""
    plan = json.loads((PACKS / "hdb.json").read_text())["plans"]["car-half-up"]["plan"]
    plan["facts"] = {"member": {"kind": "flag", "absent": True}}
    plan["overstay"] = {"kind": "times", "times": 1.5, "tolerance": "15m"}
    plan["tax"] = {"prices": "inclusive", "rateOf": "exit", "roundedOn": "line",
                   "rates": [{"since": None, "percent": 8}, {"since": "2026-06-01", "percent": 9}]}  # fmt: skip
    when = [{"fact": "member", "equals": True}]
    plan["discounts"]["items"] = [
        {"kind": "percent", "code": "M", "name": "members", "when": when, "percent": 10},
        {"kind": "time", "code": "H", "name": "an hour", "when": when, "time": "1h", "takenFrom": "end"},
    ]
    flat = {"name": "A day", "when": [{"is": "longer", "than": "6h"}], "of": {"kind": "flat", "price": 30}}
    for edition in plan["editions"]:
        capped = {
            "kind": "cap",
            "at": 40,
            "per": {"kind": "day", "at": "06:00"},
            "visits": "together",
            "of": edition["charge"],
        }
        edition["charge"] = {
            "kind": "choose",
            "pick": "dearest",
            "offers": [flat, {"name": "Bands", "when": [], "of": capped}],
        }
    plan["longerMayCostLess"], plan["longestStay"] = True, "30d"
    return activate(json.dumps(plan | changed).encode())


def bare_total(stay: Stay) -> int:
    """The yardstick: the time alone, as integers, without types, lines, overstay or tax."""
    months, rest = divmod(int((stay.exit_at - stay.entry_at).total_seconds()), 2_592_000)
    weeks, rest = divmod(rest, 604_800)
    days, rest = divmod(rest, 86_400)
    hours = min(10_000, -(-rest // 3_600) * 2_000)
    return months * 150_000 + min(150_000, weeks * 50_000 + min(50_000, days * 10_000 + hours))


def per_second(work: Callable[[Stay], object], stays: list[Stay]) -> float:
    """Calls per second of CPU time."""
    start = process_time()
    for stay in stays:
        work(stay)
    return len(stays) / (process_time() - start)


def main() -> None:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--lab", action="store_true", help="re-rate a million past stays instead")
    parser.add_argument("--stays", type=int, default=1_000_000, help="so many instead of a million")
    options = parser.parse_args()
    if options.lab:
        lab.measure(options.stays, {"simplest": PLAN, "De Kwakel": pack_plan("de-kwakel", "elapsed"),
                                    "coin lot": pack_plan("coin-lot", "split"), "richest": richest_plan()})  # fmt: skip
        return
    rounds = options.rounds
    stays, rich = make_stays(STAYS), richest_plan()
    works: dict[str, tuple[Callable[[Stay], object], list[Stay]]] = {
        "simplest": (lambda stay: price(PLAN, stay).total, stays),
        "richest": (lambda stay: price(rich, stay).total, stays[: STAYS // 10]),
        "bare": (bare_total, stays),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, given) in works.items():
            found[name].append(per_second(work, given))
    rate = {name: statistics.median(rates) for name, rates in found.items()}
    print(f"bare arithmetic of the time alone: {rate['bare']:>10,.0f} /s")
    for name, least in (("simplest", 50_000), ("richest", 5_000)):
        reached = "reached" if rate[name] >= least else "MISSED"
        print(
            f"{name:>8} plan: {rate[name]:>9,.0f} fees/s ({1e6 / rate[name]:.1f} µs each), "
            f"{rate[name] / rate['bare']:.4f} of the bare; to reach {least:,}: {reached}"
        )


if __name__ == "__main__":
    main()
