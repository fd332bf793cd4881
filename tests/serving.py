"""The platform as its users meet it: a web server and a relay as processes, beside a database of the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests import databases

PATIENCE_SECONDS = 60.0
WEB = [sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "config.asgi:application"]
RELAY = [sys.executable, "manage.py", "relay"]


@dataclass
class Platform:
    """Processes by name. `port` serves acme.localhost, globex.localhost and localhost."""

    port: int
    logs: Path
    environment: Mapping[str, str]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process; what it writes goes into a file of its name."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, cwd=databases.ROOT, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )

    def stop(self, name: str, *, kill: bool = False) -> None:
        """End a process by SIGTERM; or, with all that it has started, by SIGKILL, as a crash of the machine would."""
        process = self.processes.pop(name)
        if kill:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log_of(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def wait_until_served(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.processes["web"].poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the platform did not get up:\n{self.log_of('web')[-4000:]}")


@contextmanager
def served(logs: Path, **environment: str) -> Iterator[Platform]:
    """The platform on the database that this process uses just now; all its processes are ended afterwards."""
    port = free_port()
    settings = {
        "DATABASE_POOL": "1",
        "DJANGO_SETTINGS_MODULE": "tests.served_settings",
        "LIVE_CHANNEL_PREFIX": f"live-{os.getpid()}-{port}",
    }
    platform = Platform(port=port, logs=logs, environment={**os.environ, **settings, **environment})
    try:
        platform.start("web", [*WEB, "--port", str(port)])
        platform.start("relay", RELAY)
        platform.wait_until_served()
        yield platform
    finally:
        for name in list(platform.processes):
            platform.stop(name)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
