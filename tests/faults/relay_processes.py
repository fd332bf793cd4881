"""Relays as processes of their own, and killing them as a power cut would."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class RelayProcesses:
    """So many relays; whoever is killed is started anew at once."""

    def __init__(self, count: int, *, log: Path, settings: str = "tests.faults.settings") -> None:
        self._log = log.open("wb")
        self._settings = settings
        self._running = [self._start() for _ in range(count)]
        self.killed = 0

    def __enter__(self) -> "RelayProcesses":
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()

    def kill_at_random(self, chance: random.Random, *, seconds: float, pauses: tuple[float, float]) -> None:
        """SIGKILL one of them after each pause, until the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(chance.uniform(*pauses))
            number = chance.randrange(len(self._running))
            self._running[number].kill()
            self._running[number].wait()
            self.killed += 1
            self._running[number] = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": self._settings}
        command = [sys.executable, "manage.py", "relay"]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
