"""Follows the children's log files: what a person should know goes to the console, the rest stays in the file."""

import json
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.launcher.console import Console

_LARGEST_BYTES = 20 * 1024 * 1024
_READ_EVERY_SECONDS = 0.5
_LINES_AT_ONCE = 5
_WIDEST = 240
_LOUD_LEVELS = {"warning", "error", "critical"}
_LOUD_WORDS = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^\w+(\.\w+)*(Error|Exception): ")
# The database calls a refused statement an ERROR; whoever sent it has told about it already.
_LOUD_WORDS_OF_DATABASE = re.compile(r"\b(FATAL|PANIC)\b(?!.*the database system is (starting up|shutting down))")


def worth_telling(name: str, line: str) -> str:
    """Give what to show of a log line of this child; empty when it is routine. JSON and plain lines are understood."""
    if name == "database":
        return line.strip() if _LOUD_WORDS_OF_DATABASE.search(line) else ""
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip() if _LOUD_WORDS.search(line) else ""
    if not isinstance(entry, dict) or str(entry.get("level", "")).lower() not in _LOUD_LEVELS:
        return ""
    return f"{str(entry['level']).upper()} {entry.get('event') or entry.get('message') or line.strip()}"


@dataclass
class LogFollower:
    """Reads what a child has written since the last look, and keeps its file from growing without end."""

    name: str
    path: Path
    console: Console
    _offset: int = 0
    _rest: str = ""
    _next_look: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        self._rotate()
        self._offset = self.path.stat().st_size if self.path.exists() else 0

    def look(self) -> None:
        """Tell of new loud lines; at most a handful each time. Does nothing when called again too soon."""
        if time.monotonic() < self._next_look or not self.path.exists():
            return
        self._next_look = time.monotonic() + _READ_EVERY_SECONDS
        with self.path.open("rb") as stream:
            stream.seek(self._offset)
            new = stream.read()
        self._offset += len(new)
        *lines, self._rest = (self._rest + new.decode(errors="replace")).split("\n")
        loud = [told for line in lines if (told := worth_telling(self.name, line))]
        for told in loud[:_LINES_AT_ONCE]:
            self.console.warn(f"  ! {self.name}: {told[:_WIDEST]}")
        if len(loud) > _LINES_AT_ONCE:
            self.console.warn(f"  ! {self.name}: and {len(loud) - _LINES_AT_ONCE} more in {self.path}")
        self._rotate()

    def _rotate(self) -> None:
        """Copy and cut a file that has grown large: its writer has it open for appending and goes on at the new end."""
        if self.path.exists() and self.path.stat().st_size > _LARGEST_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            with self.path.open("r+b") as stream:
                stream.truncate(0)
            self._offset = 0
