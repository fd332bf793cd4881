"""The gate over HTTP, beside pgbench and a FastAPI service on the same database, in turns.

    make bench                       or  python -m bench.gate
    make bench A=--hot               one location takes all the load
    make bench A=--read              reading occupancy, while nothing changes
    … --quick                        fewer and shorter rounds

Ten tenants of four locations each, made by the platform's own commands, on a PostgreSQL that syncs its journal. A round
is: pgbench with classic statements (the floor), pgbench with the product's own statements, the product, the rival. The
figures are medians over the rounds; the ratios are what counts, for machines differ. At the end the rows are counted:
what was answered must be what is stored. docs/performance.md tells what came out.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import gate_reading, gate_writing  # noqa: E402
from bench.load import WrongAnswer  # noqa: E402
from bench.meter import Meter  # noqa: E402
from bench.yard import fresh_yard  # noqa: E402

TENANTS, SITES = 10, 4


def main() -> int:
    """Measure what the options ask for. Gives 1 when an answer was wrong or the rows do not add up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hot", action="store_true", help="one location takes all the load")
    parser.add_argument("--read", action="store_true", help="reading occupancy")
    parser.add_argument("--quick", action="store_true", help="three short rounds")
    parser.add_argument("--rounds", type=int, help="how many (5; 3 with --quick)")
    parser.add_argument("--threads", type=int, default=2, help="blocking threads of each of the two workers (2)")
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        return _beside_own_servers()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped and the database dropped
    asked.rounds = asked.rounds or (3 if asked.quick else 5)
    try:
        with contextlib.ExitStack() as scene:
            logs = Path(scene.enter_context(tempfile.TemporaryDirectory()))
            yard = scene.enter_context(fresh_yard(tenants=TENANTS, sites=SITES))
            measure = gate_reading.measure if asked.read else gate_writing.measure
            return measure(yard, Meter(yard), asked, logs)
    except WrongAnswer as wrong:
        print(f"gate: {wrong}", file=sys.stderr)
        return 1


def _beside_own_servers() -> int:
    launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
    return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
