"""An installation as whoever runs it sees it: management commands as processes, by the role that owns the tables."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.growing import Migrations
from tests.databases import ROOT

PATIENCE_SECONDS = 120.0
Done = subprocess.CompletedProcess[str]


@dataclass
class Installation:
    """The test's own database, and migrations that the test adds to every tenant."""

    migrations: Migrations

    @property
    def environment(self) -> dict[str, str]:
        grown = self.migrations.environment
        path = os.pathsep.join([grown["PYTHONPATH"], str(ROOT)])
        settings = {"DJANGO_SETTINGS_MODULE": "tests.tenancy.growing_settings", "PYTHONPATH": path}
        return {**os.environ, **grown, **settings}

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A command under way."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def tries(self, *words: str) -> Done:
        """A command, run to its end, however it ends."""
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def does(self, *words: str) -> str:
        """A command that must succeed; what it says."""
        done = self.tries(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuses(self, *words: str) -> str:
        """A command that must fail, with a sentence and no traceback; what it says."""
        done = self.tries(*words)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr


def rows(query: str) -> list[tuple[Any, ...]]:
    """What the owner of the tables reads."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        return owner.execute(query).fetchall()


def wait_until_one_waits(session: "psycopg.Connection[Any]") -> None:
    """Return when somebody queues up for a lock of this database; a command may take its time to get there."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while session.execute(waiting).fetchone() == (0,):
        assert time.monotonic() < deadline, "nobody ever waited"
        session.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.02)")


def schemas_made() -> set[str]:
    """Every schema of a tenant or for one."""
    return {row[0] for row in rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'")}
