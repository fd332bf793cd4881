"""Consumers as processes of their own, and killing them as a power cut would."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.databases import ROOT


class ConsumerProcesses:
    """So many consumers; whoever is killed is started anew at once."""

    def __init__(self, count: int, *, folder: Path, bootstrap_servers: str, prefix: str) -> None:
        self._folder, self._started = folder, 0
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.kafka.settings",
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "KAFKA_TOPIC_PREFIX": prefix,
            "KAFKA_SESSION_SECONDS": "3",
        }
        self._numbers: dict[int, int] = {}
        self._running = [self._start() for _ in range(count)]
        self.killed = 0

    def __enter__(self) -> "ConsumerProcesses":
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._running:
            process.terminate()
        self.exit_codes = [process.wait(60) for process in self._running]

    def kill_at_random(self, chance: random.Random, *, times: int, pauses: tuple[float, float]) -> None:
        """SIGKILL one of them after each pause."""
        for _ in range(times):
            time.sleep(chance.uniform(*pauses))
            number = chance.randrange(len(self._running))
            self._running[number].kill()
            self._running[number].wait()
            self.killed += 1
            self._running[number] = self._start()

    @property
    def have_begun(self) -> bool:
        """Whether all that run take messages; until then a signal ends a process as it comes."""
        return all("Taking from" in self._log_of(process).read_text() for process in self._running)

    def _log_of(self, process: "subprocess.Popen[bytes]") -> Path:
        return self._folder / f"consumer-{self._numbers[process.pid]}.log"

    def _start(self) -> "subprocess.Popen[bytes]":
        self._started += 1
        command = [sys.executable, "-u", "manage.py", "consume_events"]
        with (self._folder / f"consumer-{self._started}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT)
        self._numbers[process.pid] = self._started
        return process
