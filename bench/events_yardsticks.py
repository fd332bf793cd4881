"""What the same costs with as little as possible around it: bare NOTIFY, bare SELECT and DELETE."""

import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg

from bench.events_figures import Latencies
from bench.events_publishing import A_SECOND, THREADS
from bench.events_relay import ROOT, read_notes
from bench.load import WrongAnswer
from bench.meter import Meter, Usage
from bench.processes import Server
from bench.yard import Yard


def bare_notify(yard: Yard, meter: Meter, *, notes: Path, seconds: float) -> Latencies:
    """Ten sessions each insert a row of an event's size and NOTIFY; one process LISTENs. From commit to hearing."""
    url = yard.environment["DATABASE_OWNER_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS bench_bell (id uuid PRIMARY KEY, remark text)")
    command = [sys.executable, "-m", "bench.events_listener", url, str(notes)]
    listener = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE)
    try:
        assert listener.stdout is not None
        listener.stdout.readline()  # it listens
        published: dict[str, float] = {}
        own = time.process_time()
        with meter.measuring(Server(port=0, group=listener.pid)) as used:
            threads = [threading.Thread(target=_ring, args=(url, seconds, published)) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(0.2)
        own = time.process_time() - own
    finally:
        listener.terminate()
        listener.wait()
    heard = read_notes(notes)
    if heard.keys() != published.keys():
        raise WrongAnswer(f"{len(published)} notices were sent and {len(heard)} heard")
    return Latencies.of(published, heard, used, own=own)


def _ring(url: str, seconds: float, published: dict[str, float]) -> None:
    due, until = time.time(), time.time() + seconds
    with psycopg.connect(url) as session:
        while time.time() < until:
            bell = str(uuid.uuid4())
            session.execute("INSERT INTO bench_bell VALUES (%s, repeat('x', 300))", [bell])
            session.execute("SELECT pg_notify('bench_bell', %s)", [bell])
            session.commit()
            published[bell] = time.time()
            due += THREADS / A_SECOND
            time.sleep(max(due - time.time(), 0.0))


def select_and_delete(yard: Yard, meter: Meter, *, count: int) -> tuple[int, float, Usage, float]:
    """One session selects and deletes the backlog, a thousand at a time: how many, seconds, usage, own CPU."""
    with psycopg.connect(yard.environment["DATABASE_OWNER_URL"], autocommit=True) as session:
        began, own = time.perf_counter(), time.process_time()
        with meter.measuring() as used:
            while rows := session.execute(
                "SELECT * FROM core_shared_eventoutbox ORDER BY position LIMIT 1000"
            ).fetchall():
                positions = [row[-1] for row in rows]
                session.execute("DELETE FROM core_shared_eventoutbox WHERE position = ANY(%s)", [positions])
        return count, time.perf_counter() - began, used, time.process_time() - own
