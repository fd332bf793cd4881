"""The tariff lab from the request to the result: a million recorded stays of one tenant, priced by a draft.

    make bench B=lab                 or  python -m bench.lab [--stays N]

The worker's own code on one core, beside a PostgreSQL that other work may share. The yardstick of the same run reads
the same rows in the same batches. To reach: a million in a minute. CPU is this process's alone.

Of the cars no more is known than times and type. Of the vans, a quarter as many, more is: facts, two earlier visits, a
payment before the exit or a permit by day, of each kind a quarter.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.billing.tariff import CompiledPlan, Plan  # noqa: E402
from bench.lab_fees import A_QUARTER_EACH, NOTHING, record_fees  # noqa: E402
from bench.tariff import PLAN, pack_plan, richest_plan  # noqa: E402
from bench.yard import fresh_yard  # noqa: E402

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
GOAL_SECONDS = 60.0
TOLD_SHARE = 4


def main() -> int:
    """Measure and print; 1 when a stay was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stays", type=int, default=1_000_000)
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
        return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode
    with fresh_yard(tenants=1, sites=20) as yard:
        lot = yard.lots[0]
        sites = [site.location_id for site in lot.sites]
        counts = {"car": asked.stays, "van": asked.stays // TOLD_SHARE}
        with yard.connect_inside() as session:
            for vehicle_type, told in (("car", NOTHING), ("van", A_QUARTER_EACH)):
                record_fees(session, lot.schema, vehicle_type=vehicle_type, told=told, sites=sites,
                            rate_id=lot.rate_id, period=(BEGIN, YEAR), count=counts[vehicle_type])  # fmt: skip
        return measure(counts)


def measure(counts: dict[str, int]) -> int:
    """Read alone, then simulate each draft on the cars, then on the vans, in the tenant."""
    from apps.billing.past_stays import PastPeriod, read_past_stays
    from apps.core import tenancy
    from config.celery import keep_what_is_loaded

    keep_what_is_loaded()  # as in each process of the worker
    until, lost = BEGIN + YEAR + timedelta(days=1), False
    plans = {
        "simplest": PLAN, "De Kwakel": pack_plan("de-kwakel", "elapsed", currency="INR"),
        "coin lot": pack_plan("coin-lot", "split", currency="INR"), "richest": richest_plan(currency="INR"),
    }  # fmt: skip
    with tenancy.enter(tenancy.directory().all()[0]):
        for vehicle_type, count in counts.items():
            print(f"{vehicle_type}s, {'of which more is told' if vehicle_type == 'van' else 'times and type alone'}:")
            period = PastPeriod(since=BEGIN, until=until, vehicle_type=vehicle_type)
            began = time.perf_counter(), time.process_time()
            read = sum(len(batch) for batch in read_past_stays(period))
            alone = _tell("reading alone", count, began, None)
            lost = lost or read != count
            for name, plan in plans.items():
                began = time.perf_counter(), time.process_time()
                lost = _simulate(plan, vehicle_type) != count or lost
                _tell(name, count, began, alone)
    if lost:
        print("A stay was lost.")
    return int(lost)


def _simulate(plan: Plan | CompiledPlan, vehicle_type: str) -> int:
    """How many stays were counted, priced or not."""
    from apps.billing.commands.rates import NewRates, create_rates
    from apps.billing.commands.simulations import WantedSimulation, request_simulation, work_on_simulation
    from apps.billing.models import TariffSimulation
    from apps.core import clock
    from apps.core.actor import SYSTEM

    until, now = BEGIN + YEAR + timedelta(days=1), clock.now()
    rate = create_rates(rates=NewRates(vehicle_type=vehicle_type, plan=plan, draft=True), actor=SYSTEM, at=now)
    wanted = WantedSimulation(since=BEGIN, until=until)
    request_simulation(rate_id=rate.rate_id, wanted=wanted, actor=SYSTEM, at=max(now, until))
    work_on_simulation(now=clock.now)
    outcome = TariffSimulation.objects.latest("requested_at", "id").outcome
    return int(outcome["total"]["stays"] + sum(refused["stays"] for refused in outcome["refused"]))


def _tell(name: str, count: int, began: tuple[float, float], alone: float | None) -> float:
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    million = cpu * 1e6 / count
    beside = f", {cpu / alone:.1f} times the reading; to reach {GOAL_SECONDS:.0f} s: " if alone else ""
    beside += "" if not alone else "reached" if million <= GOAL_SECONDS else "MISSED"
    print(f"{name:>15}: {million:6.1f} s of CPU a million ({wall:.1f} s by the clock for {count:,}){beside}")
    return cpu


if __name__ == "__main__":
    raise SystemExit(main())
