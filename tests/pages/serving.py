"""The platform as a visitor meets it: web server and relay as processes, beside a database of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from urllib.error import URLError
from urllib.request import urlopen

from tests import databases

PATIENCE_SECONDS = 60.0


@contextmanager
def served_platform(
    logs: Path, *, whose: str = "pages", settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[int]:
    """The port that serves acme.localhost, globex.localhost and localhost; everything is gone afterwards.

    A file that serves one of its own beside the others' says `whose` it is, and by which `settings` it differs.
    """
    name = f"parking_{whose}_{os.getpid()}"
    port = _free_port()
    with databases.copied(name):
        environment = {
            **os.environ,
            **settings,
            "DATABASE_URL": databases.with_name(databases.APP_URL, name),
            "DATABASE_OWNER_URL": databases.with_name(databases.OWNER_URL, name),
            "DATABASE_POOL": "1",
            "DJANGO_SETTINGS_MODULE": "tests.pages.settings",
            "PAGES_CHANNEL_PREFIX": name,
        }
        granian = [
            "granian",
            "--interface",
            "asgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "config.asgi:application",
        ]
        with (
            _running("web", [sys.executable, "-m", *granian], environment, logs) as web,
            _running("relay", [sys.executable, "manage.py", "relay"], environment, logs),
        ):
            _wait_until_healthy(port, web, logs / "web.log")
            yield port


@contextmanager
def _running(
    name: str, command: list[str], environment: dict[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=databases.ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(port: int, web: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the platform did not get up:\n{log.read_text(errors='replace')[-4000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
