"""Fees per second on one core, for the simple plan, beside the bare arithmetic of the same totals.

Run: python bench/tariff.py [--rounds N]. To reach: 50,000 fees a second. The two are timed in turn, in one run; the
figures are medians over the rounds.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps.billing.tariff import Plan, Stay, price

STAYS = 20_000
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


def make_stays() -> list[Stay]:
    """Stays of minutes to weeks, the same on each run; a third of them overstay."""
    chance = random.Random(5)
    entry = datetime(2026, 1, 1, tzinfo=UTC)
    stays = []
    for _ in range(STAYS):
        length = timedelta(minutes=chance.lognormvariate(5, 1.6))
        allowed = length * chance.uniform(0.5, 2)
        stays.append(Stay(entry_at=entry, exit_at=entry + length, allowed_until=entry + allowed))
    return stays


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
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    stays = make_stays()
    fees, bare = [], []
    for _ in range(rounds):
        fees.append(per_second(lambda stay: price(PLAN, stay).total, stays))
        bare.append(per_second(bare_total, stays))
    fee_rate, bare_rate = statistics.median(fees), statistics.median(bare)
    print(f"simple plan, lines, overstay and tax: {fee_rate:>9,.0f} fees/s  ({1e6 / fee_rate:.1f} µs each)")
    print(f"bare arithmetic of the time alone:    {bare_rate:>9,.0f} /s")
    print(
        f"ratio: {fee_rate / bare_rate:.2f}; to reach: 50,000 fees/s: {'reached' if fee_rate >= 50_000 else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
