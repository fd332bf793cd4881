"""`run`: the whole platform, from nothing to /ready and back to nothing."""

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from config.launcher.ports import choose_port
from tests.launcher.launching import Running, all_gone, refusal, running, wait_until

# It takes three on a quiet machine (docs/operations.md); other tests may run beside this one.
SECOND_START_SECONDS = 30.0


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def role(launcher: Running, word: str) -> psutil.Process:
    """The launcher's own child with this word on its command line."""
    children = psutil.Process(launcher.process.pid).children()
    return next(child for child in children if word in child.cmdline())


def test_platform_starts_mends_itself_and_stops_without_loss(tmp_path: Path) -> None:
    port = choose_port(home=tmp_path, purpose="web")
    settings = {"PORT": str(port), "PARKING_DEMO": "0"}

    with running(tmp_path, "run", **settings) as launcher:
        wait_until(lambda: "is ready" in launcher.console)
        assert is_ready(port)
        assert f"http://localhost:{port}/admin/" in launcher.console
        launcher.query("CREATE TABLE stays AS SELECT 'B-AR 1234' AS plate")

        assert f"process {launcher.process.pid}" in refusal(tmp_path, "run", PORT=str(port + 1))

        for word, name in (("relay", "relay"), ("granian", "web")):
            os.kill(role(launcher, word).pid, signal.SIGKILL)
            wait_until(lambda name=name: f"✓ {name} was started again" in launcher.console)  # type: ignore[misc]
        assert "relay ended (killed by SIGKILL)" in launcher.console
        wait_until(lambda: is_ready(port))

        os.kill(launcher.postmaster(), signal.SIGKILL)
        wait_until(lambda: "✓ database was started again" in launcher.console)
        wait_until(lambda: is_ready(port))

        family = launcher.family
        assert launcher.end(signal.SIGINT) == 0
        assert all_gone(family)
        assert launcher.console.rstrip().endswith("the data is kept.")

    again = time.monotonic()
    with running(tmp_path, "run", **settings) as launcher:
        wait_until(lambda: is_ready(port))
        assert time.monotonic() - again < SECOND_START_SECONDS
        assert launcher.query("SELECT plate FROM stays") == [("B-AR 1234",)]
        assert launcher.end(signal.SIGTERM) == 0
