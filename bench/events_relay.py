"""The measured relay: a process of its own that notes what it hears; and keeping it from its work until all is set."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.load import WrongAnswer
from bench.processes import Server
from bench.yard import Yard

ROOT = Path(__file__).resolve().parent.parent
_SHARD_LOCK, _SHARDS = 730_511, 8  # as in apps.core.events.shards
_UP_SECONDS = 60.0
_IS_UP = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'relay' AND datname = current_database())"
)


@dataclass(frozen=True)
class MeasuredRelay:
    """A relay whose CPU is read by its process group."""

    process: Server


@contextmanager
def relaying(yard: Yard, kind: str, *, notes: Path) -> Iterator[MeasuredRelay]:
    """A relay that delivers to `kind` and notes it, once it has its database session."""
    environment = {
        **yard.environment,
        "DJANGO_SETTINGS_MODULE": "bench.events_settings",
        "BENCH_NOTES": str(notes),
        "BENCH_KIND": kind,
    }
    command = [sys.executable, "manage.py", "relay"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_until_up(yard, process)
        yield MeasuredRelay(Server(port=0, group=process.pid))
    finally:
        process.terminate()
        process.wait()


@dataclass
class TakenShards:
    """All shards, held by a session that is no relay."""

    session: "psycopg.Connection[Any]"

    def release(self) -> None:
        """Let the relay have them: it looks once a second."""
        self.session.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def shards_taken(yard: Yard) -> Iterator[TakenShards]:
    """Keep every relay from its work, until they are released."""
    with yard.connect_inside() as session:
        for shard in range(_SHARDS):
            session.execute("SELECT pg_advisory_lock(%s, %s)", [_SHARD_LOCK, shard])
        yield TakenShards(session)


def read_notes(notes: Path) -> dict[str, float]:
    """When each event was heard, by its id. Raises WrongAnswer for one that was heard twice."""
    heard: dict[str, float] = {}
    for line in notes.read_text().splitlines():
        event, at = line.split()
        if event in heard:
            raise WrongAnswer(f"event {event} was heard twice")
        heard[event] = float(at)
    return heard


def _wait_until_up(yard: Yard, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _UP_SECONDS
    with yard.connect_inside() as owner:
        while owner.execute(_IS_UP).fetchone() != (True,):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the relay did not come up")
            time.sleep(0.1)
