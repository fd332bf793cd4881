"""PARKING_HOME: the folder that holds one installation's data, secrets and logs, and its lock."""

import fcntl
import json
import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from config.launcher.refusals import CannotStart, sentence_for

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MINIMUM_FREE_BYTES = 300 * 1024 * 1024


@dataclass
class Home:
    """One PARKING_HOME. Nothing is touched before `prepare()`."""

    path: Path
    _lock_file: IO[str] | None = field(default=None, repr=False)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def endpoints_file(self) -> Path:
        return self.path / "endpoints.json"

    def prepare(self) -> None:
        """Make the folder, readable by its owner alone. Raises CannotStart when it cannot hold data."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise CannotStart(sentence_for(error)) from error
        free = shutil.disk_usage(self.path).free
        if free < MINIMUM_FREE_BYTES:
            raise CannotStart(
                f"The disk of {self.path} is full: {free // 2**20} MB are left and the database needs at least "
                f"{MINIMUM_FREE_BYTES // 2**20} MB, so free some space or set PARKING_HOME to another disk."
            )

    def try_lock(self) -> bool:
        """Take the home for this process; it is given back when the process ends, however it ends."""
        lock_file = open(self.path / "launcher.lock", "a+", encoding="ascii")  # noqa: SIM115 - held until release
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock_file.close()
            return False
        lock_file.truncate(0)
        lock_file.write(str(os.getpid()))
        lock_file.flush()
        self._lock_file = lock_file
        return True

    def release(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def holder(self) -> str:
        """The process id of the launcher that has this home, as text; empty when unknown."""
        try:
            return (self.path / "launcher.lock").read_text().strip()
        except OSError:
            return ""

    def secret(self, name: str) -> str:
        """Give a secret of this installation by name, making it the first time; kept in a file of mode 600."""
        file = self.path / "secrets.json"
        known: dict[str, str] = read_json(file)
        if name not in known:
            known[name] = secrets.token_urlsafe(48 if name == "secret_key" else 24)
            write_private_json(file, known)
        return known[name]


def read_json(file: Path) -> dict[str, Any]:
    """Read a small JSON object; a missing file is an empty one. Raises CannotStart when it is not JSON."""
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CannotStart(
            f"{file} is damaged: restore it from a backup, or set PARKING_HOME to a new folder."
        ) from error
    if not isinstance(content, dict):
        raise CannotStart(f"{file} is damaged: restore it from a backup, or set PARKING_HOME to a new folder.")
    return content


def write_private_json(file: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file in one step, readable by its owner alone."""
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
