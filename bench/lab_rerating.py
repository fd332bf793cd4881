"""A million past stays re-rated and added up, beside reading the same stays and adding up what they cost."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import process_time
from uuid import UUID

from apps.billing.lab.rerating import NOTHING_TOLD, PastStay, Rerated, Rerater
from apps.billing.lab.tally import Tally
from apps.billing.tariff import CompiledPlan, Plan

BATCH = 50_000
GOAL_SECONDS = 60.0
ZONE = "Europe/Amsterdam"
SITES = [UUID(int=number) for number in range(1, 21)]
TYPES = ("car", "van", "truck")


def past_stays(count: int) -> Iterator[list[PastStay]]:
    """Stays of minutes to a week over a year, the same on each run, to the second; a third of them overstay."""
    chance, charged = random.Random(7), datetime(2026, 1, 1, tzinfo=UTC)
    apart = timedelta(days=365) / count
    for first in range(0, count, BATCH):
        stays = []
        for number in range(first, min(first + BATCH, count)):
            charged += apart
            seconds = min(590_000, int(60 * chance.lognormvariate(5, 1.4)))
            entry = charged - timedelta(seconds=seconds)
            allowed = entry + timedelta(seconds=int(seconds * chance.uniform(0.5, 2)))
            stays.append(
                PastStay(
                    UUID(int=number), chance.choice(SITES), chance.choice(TYPES), entry, charged, allowed,
                    NOTHING_TOLD, seconds // 36, charged,
                )
            )  # fmt: skip
        yield stays


def nothing_told(stay: PastStay) -> Rerated:
    """Of none of these stays more is known than times and type."""
    raise AssertionError(stay)


def measure(count: int, plans: dict[str, Plan | CompiledPlan]) -> None:
    """Print the CPU time of each plan, and of adding up alone, all of one run."""
    spent = dict.fromkeys(["adding up alone", *plans], 0.0)
    tallies = {name: Tally(ZONE) for name in spent}
    raters = {name: Rerater(plan, nothing_told) for name, plan in plans.items()}
    for stays in past_stays(count):
        for name, tally in tallies.items():
            rater = raters.get(name)
            start = process_time()
            for stay in stays:
                tally.add(stay, rater.rerate(stay) if rater else Rerated(stay.total))
            spent[name] += process_time() - start
    alone = spent["adding up alone"]
    for name, seconds in spent.items():
        outcome = tallies[name].outcome()
        refused = sum(refused.stays for refused in outcome.refused)
        reached = "" if name not in plans else f"; to reach {GOAL_SECONDS:.0f} s a million: "
        reached += "" if not reached else "reached" if seconds * 1e6 / count <= GOAL_SECONDS else "MISSED"
        print(
            f"{name:>15}: {seconds:6.1f} s for {count:,} stays ({seconds * 1e6 / count:5.1f} µs each), "
            f"{seconds / alone:5.1f} times the adding up; {outcome.total.stays + refused:,} counted{reached}"
        )
