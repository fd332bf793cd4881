"""Who used how much CPU while something ran: the service, PostgreSQL, Redis, the client."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from bench.processes import Server, cpu_seconds, descendants_cpu_seconds, machine_cpu_seconds, parent_of
from bench.yard import Yard

_QUIET = 0.10


@dataclass
class Usage:
    """CPU seconds; `machine` is what all processes together used, `wall` the time that passed, times the processors."""

    service: float = 0.0
    postgres: float = 0.0
    redis: float = 0.0
    machine: float = 0.0
    wall: float = 0.0

    def others_share(self, *, own: float) -> float:
        """Which share of the processors went to what is not measured here; `own` is the client's CPU."""
        return max(0.0, self.machine - self.service - self.postgres - self.redis - own) / self.wall


class Meter:
    """Reads the CPU times of this machine's own PostgreSQL and Redis. Raises RuntimeError where they run elsewhere."""

    def __init__(self, yard: Yard) -> None:
        with yard.connect() as session:
            row = session.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            try:
                self._postmaster = parent_of(int(str(row[0])))
            except FileNotFoundError:
                raise RuntimeError("PostgreSQL must run on this machine to be measured.") from None
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            self._redis = int(client.info("server")["process_id"])

    def wait_for_quiet(self, *, at_most_seconds: float = 8.0) -> None:
        """Wait while others use the machine; what they take while something is measured is told with it."""
        until = time.monotonic() + at_most_seconds
        quiet = 0
        while quiet < 2 and time.monotonic() < until:
            with self.measuring() as used:
                time.sleep(0.5)
            quiet = quiet + 1 if used.machine / used.wall < _QUIET else 0

    @contextmanager
    def measuring(self, service: Server | None = None) -> Iterator[Usage]:
        """The usage of what runs inside the block, filled in at its end."""
        used, before = Usage(), self._read(service)
        yield used
        after = self._read(service)
        used.service = after.service - before.service
        used.postgres = after.postgres - before.postgres
        used.redis = after.redis - before.redis
        used.machine = after.machine - before.machine
        used.wall = after.wall - before.wall

    def _read(self, service: Server | None) -> Usage:
        return Usage(
            service=service.cpu_seconds() if service else 0.0,
            postgres=descendants_cpu_seconds(self._postmaster),
            redis=cpu_seconds(self._redis),
            machine=machine_cpu_seconds(),
            wall=time.monotonic() * (os.cpu_count() or 1),
        )
