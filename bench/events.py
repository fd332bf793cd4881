"""From the commit of an event to its hearer, without Kafka: how long it takes, and how fast a backlog is worked off.

    make bench B=events              or  python -m bench.events [--quick]

Fifty tenants, one relay in a process of its own. First 500 events a second from ten threads, to a feed and to a
handler; then a backlog, beside the yardstick: one session that selects and deletes the same rows and no more.
The relay also seals each event in its tenant's hash chain. At the end what was heard must be what was published.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.load import WrongAnswer  # noqa: E402
from bench.yard import Yard, fresh_yard  # noqa: E402

TENANTS, THREADS, A_SECOND = 50, 10, 500
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
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
        return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode
    os.environ.update(BENCH_NOTES=os.devnull, BENCH_KIND="feed")  # this process only publishes
    seconds, backlog = (5, 10_000) if asked.quick else (20, 50_000)
    try:
        with tempfile.TemporaryDirectory() as folder, fresh_yard(tenants=TENANTS, sites=1) as yard:
            bench = Bench(yard, Path(folder))
            bench.swallow()
            for kind in ("feed", "handler"):
                bench.latency(kind, seconds=seconds)
            bench.yardstick(backlog)
            for kind, count in (("feed", backlog), ("handler", backlog // 5)):
                bench.drain(kind, count=count)
    except WrongAnswer as wrong:
        print(f"events: {wrong}", file=sys.stderr)
        return 1
    return 0


class Bench:
    """The yard, and the files in which relays note what they hear."""

    def __init__(self, yard: Yard, folder: Path) -> None:
        self._yard = yard
        self._folder = folder
        self._runs = 0

    def swallow(self) -> None:
        """Deliver what making the yard has published."""
        with self._relay("feed"):
            self._wait_until_empty()

    def latency(self, kind: str, *, seconds: float) -> None:
        """Print p50 and p99 from the return of the commit to the hearing, at A_SECOND events a second."""
        with self._relay(kind) as notes:
            time.sleep(3)  # until it is up
            published = self._publish(seconds)
            self._wait_until_empty()
        heard = _read(notes)
        _require_same(set(published), heard)
        waits = sorted(max(heard[event] - committed, 0.0) * 1000 for event, committed in published.items())
        rate = len(waits) / (max(published.values()) - min(published.values()))
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        print(f"{kind:10} {rate:7,.0f} events/s   commit to hearing p50 {p50:6.1f} ms   p99 {p99:6.1f} ms", flush=True)

    def drain(self, kind: str, *, count: int) -> None:
        """Print how fast a relay that finds a backlog works it off, from its first event to its last."""
        self._pile_up(count)
        with self._relay(kind) as notes:
            self._wait_until_empty()
        heard = _read(notes)
        if len(heard) != count:
            raise WrongAnswer(f"{count} events waited and {len(heard)} were heard")
        took = max(heard.values()) - min(heard.values())
        print(f"{kind:10} backlog of {count:,}: {count / took:8,.0f} events/s", flush=True)

    def yardstick(self, count: int) -> None:
        """Print how fast one session selects and deletes the same backlog, a thousand at a time."""
        self._pile_up(count)
        with psycopg.connect(self._yard.environment["DATABASE_OWNER_URL"], autocommit=True) as session:
            began = time.perf_counter()
            while rows := session.execute(
                "SELECT * FROM core_shared_eventoutbox ORDER BY position LIMIT 1000"
            ).fetchall():
                session.execute(
                    "DELETE FROM core_shared_eventoutbox WHERE position = ANY(%s)", [[row[-1] for row in rows]]
                )
            took = time.perf_counter() - began
        print(
            f"{'yardstick':10} backlog of {count:,}: {count / took:8,.0f} events/s by SELECT and DELETE alone",
            flush=True,
        )

    @contextmanager
    def _relay(self, kind: str) -> Iterator[Path]:
        self._runs += 1
        notes = self._folder / f"heard-{self._runs}"
        notes.touch()
        environment = {
            **self._yard.environment,
            "DJANGO_SETTINGS_MODULE": "bench.events_settings",
            "BENCH_NOTES": str(notes),
            "BENCH_KIND": kind,
        }
        command = [sys.executable, "manage.py", "relay"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield notes
        finally:
            process.terminate()
            process.wait()

    def _publish(self, seconds: float) -> dict[str, float]:
        published: dict[str, float] = {}
        schemas = [lot.schema for lot in self._yard.lots]
        threads = [
            threading.Thread(target=_ring, args=(schemas[number::THREADS], seconds, published))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return published

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


def _ring(schemas: list[str], seconds: float, published: dict[str, float]) -> None:
    from django.db import connection, transaction

    from apps.core import changes, clock, tenancy
    from apps.core.actor import SYSTEM
    from apps.core.events import publish
    from apps.core.ids import new_id
    from bench.events_heard import Rung

    tenants = [tenancy.directory().by_schema(schema) for schema in schemas]
    due, until = time.time(), time.time() + seconds
    while (now := time.time()) < until:
        for tenant in tenants:
            assert tenant is not None
            with tenancy.enter(tenant):
                with transaction.atomic():
                    event = publish(Rung(), aggregate_id=new_id(), at=clock.now(), actor=SYSTEM)
                    changes.announce()
                published[str(event)] = time.time()
            due += THREADS / A_SECOND
            time.sleep(max(due - time.time(), 0.0))
        due = max(due, now)  # what could not be kept up with is not made up for
    connection.close()


def _read(notes: Path) -> dict[str, float]:
    heard: dict[str, float] = {}
    for line in notes.read_text().splitlines():
        event, at = line.split()
        if event in heard:
            raise WrongAnswer(f"event {event} was heard twice")
        heard[event] = float(at)
    return heard


def _require_same(published: set[str], heard: dict[str, float]) -> None:
    if published != heard.keys():
        raise WrongAnswer(f"{len(published)} events were published and {len(heard)} heard")


if __name__ == "__main__":
    sys.exit(main())
