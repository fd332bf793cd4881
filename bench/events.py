"""From the commit of an event to its hearer: how long it takes, how fast a backlog is worked off, and on what CPU.

    make bench B=events              or  python -m bench.events [--quick] [--kafka]

Fifty tenants, one relay in a process of its own. First 500 events a second from ten threads, to a feed and to a
handler; then a backlog. Yardsticks of the same run: a bare LISTEN and NOTIFY at the same rate, and one session that
selects and deletes the same rows and no more. With --kafka also a feed that waits for a broker's acknowledgements,
beside kafka-python sending the same messages and nothing else. The relay also seals each event in its tenant's
hash chain. At the end what was heard must be what was published.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.events_figures import Latencies, print_drained, print_waits  # noqa: E402
from bench.events_publishing import A_SECOND, THREADS, publish_steadily  # noqa: E402
from bench.events_relay import read_notes, relaying, shards_taken  # noqa: E402
from bench.events_yardsticks import bare_notify, select_and_delete  # noqa: E402
from bench.load import WrongAnswer  # noqa: E402
from bench.meter import Meter  # noqa: E402
from bench.yard import Yard, fresh_yard  # noqa: E402

TENANTS = 50
BACKLOG = """
INSERT INTO {schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at,
    data, metadata)
SELECT gen_random_uuid(), 'bell', gen_random_uuid(), 1, 'Rung', 1, now(),
    jsonb_build_object('plate', 'MH 12 AB 1234', 'remark', repeat('x', 300)), '{{}}' FROM generate_series(1, {count})
"""


def main() -> int:
    """Measure, print, and give 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="five seconds of load and a small backlog")
    parser.add_argument("--kafka", action="store_true", help="also to a real broker, which is started for it")
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
        return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode
    os.environ.update(BENCH_NOTES=os.devnull, BENCH_KIND="feed")  # this process only publishes
    seconds, backlog = (5, 10_000) if asked.quick else (20, 50_000)
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if asked.kafka:
                from bench.events_kafka import broker

                os.environ["KAFKA_BOOTSTRAP_SERVERS"] = stack.enter_context(broker(folder / "kafka"))
            yard = stack.enter_context(fresh_yard(tenants=TENANTS, sites=1))
            Bench(yard, folder).run(seconds=seconds, backlog=backlog, kafka=asked.kafka)
    except WrongAnswer as wrong:
        print(f"events: {wrong}", file=sys.stderr)
        return 1
    return 0


class Bench:
    """The yard, and the files in which relays note what they hear."""

    def __init__(self, yard: Yard, folder: Path) -> None:
        self._yard = yard
        self._folder = folder
        self._meter = Meter(yard)
        self._runs = 0

    def run(self, *, seconds: float, backlog: int, kafka: bool) -> None:
        """All measurements, each printed when it is done."""
        kinds = ["feed", "handler"] + ["kafka"] * kafka
        with relaying(self._yard, "feed", notes=self._notes()):  # what making the yard has published
            self._wait_until_empty()
        print(f"{A_SECOND} events a second in {TENANTS} tenants, from {THREADS} threads:", flush=True)
        print_waits("LISTEN", bare_notify(self._yard, self._meter, notes=self._notes(), seconds=seconds))
        for kind in kinds:
            print_waits(kind, self._latency(kind, seconds=seconds))
        print("a backlog:", flush=True)
        self._pile_up(backlog)
        print_drained("SELECT, DELETE", *select_and_delete(self._yard, self._meter, count=backlog))
        for kind in kinds:
            self._drain(kind, count=backlog)
        if kafka:
            from bench.events_kafka import send_alone

            print_drained("kafka-python", *send_alone(self._yard, self._meter, count=backlog))

    def _latency(self, kind: str, *, seconds: float) -> Latencies:
        """From the return of the commit to the hearing, at A_SECOND events a second."""
        notes = self._notes()
        with relaying(self._yard, kind, notes=notes) as relay:
            publish_steadily(self._yard, seconds=2.0 if kind != "kafka" else 4.0)  # until it is warm
            self._wait_until_empty()
            own = time.process_time()
            with self._meter.measuring(relay.process) as used:
                published = publish_steadily(self._yard, seconds=seconds)
                self._wait_until_empty()
            own = time.process_time() - own
        heard = read_notes(notes)
        if not published.keys() <= heard.keys():
            raise WrongAnswer(f"{len(published.keys() - heard.keys())} of {len(published)} events were not heard")
        return Latencies.of(published, heard, used, own=own)

    def _drain(self, kind: str, *, count: int) -> None:
        """A relay that is up finds a backlog: from its first event to its last."""
        notes = self._notes()
        with shards_taken(self._yard) as shards, relaying(self._yard, kind, notes=notes) as relay:
            self._pile_up(count)
            with self._meter.measuring(relay.process) as used:
                shards.release()
                self._wait_until_empty()
        heard = read_notes(notes)
        if len(heard) != count:
            raise WrongAnswer(f"{count} events waited and {len(heard)} were heard")
        print_drained(kind, count, max(heard.values()) - min(heard.values()), used)

    def _notes(self) -> Path:
        self._runs += 1
        path = self._folder / f"heard-{self._runs}"
        path.touch()
        return path

    def _pile_up(self, count: int) -> None:
        with self._yard.connect_inside() as owner:
            for lot in self._yard.lots:
                owner.execute(BACKLOG.format(schema=lot.schema, count=count // TENANTS))
            owner.execute("VACUUM ANALYZE core_shared_eventoutbox")

    def _wait_until_empty(self) -> None:
        waiting = "SELECT EXISTS (SELECT FROM core_shared_eventoutbox) OR EXISTS (SELECT FROM core_shared_delivery)"
        until = time.monotonic() + 300
        with self._yard.connect_inside() as owner:
            while owner.execute(waiting).fetchone() != (False,):
                if time.monotonic() > until:
                    raise WrongAnswer("the relay did not deliver everything within five minutes")
                time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
