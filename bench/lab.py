"""The tariff lab from the request to the result: a million recorded stays of one tenant, priced by a draft.

    make bench B=lab                 or  python -m bench.lab [--stays N]

The worker's own code on one core, beside a PostgreSQL that other work may share. The yardstick of the same run reads
the same rows in the same batches. To reach: a million in a minute. CPU is this process's alone.
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

from bench.tariff import PLAN, pack_plan  # noqa: E402
from bench.yard import fresh_yard  # noqa: E402

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
GOAL_SECONDS = 60.0
FEES = """
INSERT INTO {schema}.billing_stayfee (stay_id, vehicle_type, location_id, duration_minutes, currency, base, penalty,
    discount, tax, total, tax_rate, lines, rate_id, rate_version, plan_hash, unpriced_reason, entry_at, ended_at,
    allowed_until, priced_from, paid, charged_at)
SELECT gen_random_uuid(), 'car', (%(sites)s::uuid[])[1 + n %% cardinality(%(sites)s::uuid[])], length / 60, 'INR',
    length / 2, 0, 0, 0, length / 2, 0, '[]', %(rate)s, 1, '', '', ended - make_interval(secs => length), ended,
    ended - make_interval(secs => (length * (random() * 1.5 - 0.5))::int), '{{}}', 0, ended
FROM (SELECT n, (60 * exp(5 + 1.4 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::int %% 590000 AS length,
    %(begin)s + make_interval(secs => n * %(apart)s) AS ended FROM generate_series(1, %(count)s) AS n) AS stays
"""


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
        apart = YEAR.total_seconds() / asked.stays
        sites = [site.location_id for site in lot.sites]
        with yard.connect_inside() as session:
            given = {"sites": sites, "rate": lot.rate_id, "begin": BEGIN, "apart": apart, "count": asked.stays}
            session.execute(FEES.format(schema=lot.schema).encode(), given)
            session.execute(f"VACUUM ANALYZE {lot.schema}.billing_stayfee".encode())
        return measure(asked.stays)


def measure(count: int) -> int:
    """Read alone, then simulate each draft, in the tenant."""
    from apps.billing.commands.rates import NewRates, create_rates
    from apps.billing.commands.simulations import WantedSimulation, request_simulation, work_on_simulation
    from apps.billing.models import TariffSimulation
    from apps.billing.past_stays import PastPeriod, read_past_stays
    from apps.core import clock, tenancy
    from apps.core.actor import SYSTEM

    until = BEGIN + YEAR + timedelta(days=1)
    with tenancy.enter(tenancy.directory().all()[0]):
        period = PastPeriod(since=BEGIN, until=until, vehicle_type="car")
        began = time.perf_counter(), time.process_time()
        read = sum(len(batch) for batch in read_past_stays(period))
        alone = _tell("reading alone", count, began, None)
        lost = read != count
        plans = {"simplest": PLAN, "coin lot": pack_plan("coin-lot", "split", currency="INR")}
        for name, plan in plans.items():
            now = clock.now()
            draft = NewRates(vehicle_type="car", plan=plan, draft=True)
            rate = create_rates(rates=draft, actor=SYSTEM, at=now)
            wanted = WantedSimulation(since=BEGIN, until=until)
            began = time.perf_counter(), time.process_time()
            request_simulation(rate_id=rate.rate_id, wanted=wanted, actor=SYSTEM, at=max(now, until))
            work_on_simulation(now=clock.now)
            _tell(name, count, began, alone)
            outcome = TariffSimulation.objects.latest("requested_at", "id").outcome
            counted = outcome["total"]["stays"] + sum(refused["stays"] for refused in outcome["refused"])
            lost = lost or counted != count
    if lost:
        print("A stay was lost.")
    return int(lost)


def _tell(name: str, count: int, began: tuple[float, float], alone: float | None) -> float:
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    million = cpu * 1e6 / count
    beside = f", {cpu / alone:.1f} times the reading; to reach {GOAL_SECONDS:.0f} s: " if alone else ""
    beside += "" if not alone else "reached" if million <= GOAL_SECONDS else "MISSED"
    print(f"{name:>15}: {million:6.1f} s of CPU a million ({wall:.1f} s by the clock for {count:,}){beside}")
    return cpu


if __name__ == "__main__":
    raise SystemExit(main())
