"""Test databases: a template with two tenants, made once for a set of migrations, and copies of it in 0.1 s."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "")
APP_URL = os.environ.get("DATABASE_URL", "")
_LOCK = 7_305_112_024


def with_name(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def ensure_template() -> str:
    """The template's name; it is built by the first of the test processes that gets here."""
    name = f"parking_template_{_fingerprint()}"
    with psycopg.connect(OWNER_URL, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if owner.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            owner.execute(f"DROP DATABASE IF EXISTS {name}_building")
            owner.execute(f"CREATE DATABASE {name}_building")
            _build(f"{name}_building")
            owner.execute(f"ALTER DATABASE {name}_building RENAME TO {name}")
    return name


@contextmanager
def copied(name: str) -> Iterator[None]:
    """A database of this name, a copy of the template, dropped afterwards."""
    template = ensure_template()
    with psycopg.connect(OWNER_URL, autocommit=True) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name}")
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # one copy at a time from one template
        owner.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        owner.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        try:
            yield
        finally:
            _drop(owner, name)


def _drop(owner: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    for _ in range(3):  # PostgreSQL itself waits five seconds for sessions that are just ending
        try:
            owner.execute(f"DROP DATABASE IF EXISTS {name}")
            return
        except psycopg.errors.ObjectInUse:
            time.sleep(0.1)
    left = owner.execute(
        "SELECT application_name, state, query FROM pg_stat_activity WHERE datname = %s", [name]
    ).fetchall()
    raise RuntimeError(f"{name} is still in use: a test left a session or a process behind: {left}")


def _build(name: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": with_name(OWNER_URL, name),
        "PYTHONPATH": str(ROOT),
    }
    build = [sys.executable, "-m", "tests.factories.template"]
    done = subprocess.run(build, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the test database could not be made:\n{done.stdout}{done.stderr}")


def _fingerprint() -> str:
    sources = [*sorted((ROOT / "apps").glob("**/migrations/*.py")), ROOT / "tests/factories/template.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def as_owner(statements: str) -> None:
    """Run SQL as the tables' owner in the database that the tests use now."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(statements)
