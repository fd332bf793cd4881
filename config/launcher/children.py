"""One process that the launcher keeps: start it, see whether it lives, stop it with everything it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.launcher.home import PROJECT_ROOT
from config.launcher.plain_user import die_with_parent

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_AFTER_SECONDS = 60.0


@dataclass
class Child:
    """A process in a session of its own, with its output in a file that survives it and us.

    `stop_signal` asks it to end in order; `grace_seconds` is how long it may take before it is killed.
    `revived` has the supervisor start it again when it dies; one that `keeps_data` is never hurried.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 15.0
    before_exec: Callable[[], None] | None = None
    before_start: Callable[[], None] | None = None
    revived: bool = True
    keeps_data: bool = False
    failures: int = 0
    death_noted: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _started_at: float = 0.0
    _retry_at: float = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    @property
    def seconds_to_retry(self) -> float:
        return max(0.0, self._retry_at - time.monotonic())

    def start(self) -> None:
        """Start the process. Raises OSError when it cannot be executed."""
        if self.before_start is not None:
            self.before_start()
        tie = die_with_parent(self.stop_signal)
        become = self.before_exec

        def before_exec() -> None:
            if become is not None:
                become()
            tie()

        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                list(self.command),
                env=dict(self.env),
                cwd=PROJECT_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=before_exec,
            )
        self._started_at = time.monotonic()
        self.death_noted = False

    def how_it_ended(self) -> str:
        """The end of a dead process in words, e.g. "killed by SIGKILL" or "exit code 1"."""
        code = self.returncode
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def note_death(self) -> None:
        """Sweep up what the dead process left behind, and set when it may be tried again: later each time it fails."""
        self.death_noted = True
        self._kill_group()
        lived = time.monotonic() - self._started_at
        self.failures = 1 if lived > _STEADY_AFTER_SECONDS else self.failures + 1
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (self.failures - 1), _LONGEST_PAUSE_SECONDS)
        self._retry_at = time.monotonic() + pause

    def ask_to_stop(self) -> None:
        if self._process is not None and self.is_alive():
            self._process.send_signal(self.stop_signal)

    def wait_stopped(self, deadline: float, *, hurried: Callable[[], bool] = lambda: False) -> bool:
        """Wait until `deadline` (monotonic seconds) or until `hurried()`, then kill. True when it ended by itself."""
        if self._process is None:
            return True
        while self.is_alive():
            if time.monotonic() > deadline or hurried():
                self._kill_group()
                self._process.wait()
                return False
            time.sleep(0.02)
        self._kill_group()
        return True

    def stop(self) -> bool:
        """Ask, wait for the grace time, kill. True when it ended by itself."""
        self.ask_to_stop()
        return self.wait_stopped(time.monotonic() + self.grace_seconds)

    def _kill_group(self) -> None:
        """Kill what is left of the process's session; its id is not given away while a member of the group lives."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
