"""Real launchers in folders of their own, seen from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
# The tests themselves run beside servers; the launchers under test must not see those.
_NOT_INHERITED = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
    "PARKING_HOME",
}


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED} | more


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "config.launcher", "--home", str(home), *words]


def launch(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a launcher to its end."""
    return subprocess.run(
        command(home, *words),
        env=environment(**env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def refusal(home: Path, *words: str, **env: str) -> str:
    """The one sentence with which a launcher refuses to start."""
    done = launch(home, *words, **env)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("parking: ")
    assert lines[0].endswith(".")
    return lines[0]


def console_of(home: Path) -> Path:
    """What launchers of this home have said; beside the home, which has to begin empty."""
    return home.with_name(f"{home.name}.console")


@dataclass(frozen=True)
class Running:
    """A launcher at work."""

    home: Path
    process: "subprocess.Popen[str]"

    @property
    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def console(self) -> str:
        return console_of(self.home).read_text()

    @property
    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "endpoints.json").read_text())
        return found

    def postmaster(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as the owner, as soon as the database takes it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(self.addresses["DATABASE_OWNER_URL"], autocommit=True) as owner:
                    cursor = owner.execute(statement)  # type: ignore[call-overload]
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the database did not come back"
                time.sleep(0.1)

    def end(self, sent: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sent)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(home: Path, *words: str, **env: str) -> Iterator[Running]:
    """A launcher whose servers are up; afterwards nothing of it is left."""
    with console_of(home).open("a") as console:
        process = subprocess.Popen(
            command(home, *words), env=environment(**env), cwd=ROOT, text=True, stdout=console, stderr=console
        )
    launcher = Running(home, process)
    try:
        wait_until((home / "endpoints.json").exists)
        yield launcher
    finally:
        family = launcher.family if process.poll() is None else []
        process.kill()
        process.wait()
        for member in family:
            if member.is_running():
                member.kill()


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)
