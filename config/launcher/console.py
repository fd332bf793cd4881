"""What the launcher tells the person who started it."""

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

_CLEAR_LINE = "\r\033[K"


@dataclass
class Console:
    """Prints one line per thing that happens. `quiet` keeps all but troubles to itself."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    quiet: bool = False
    _under_way: str = ""

    def say(self, text: str) -> None:
        if not self.quiet:
            self._write(text)

    def warn(self, text: str) -> None:
        self._write(text)

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Say what is being done, and how long it took when it is done."""
        started = time.monotonic()
        if not self.quiet and self.stream.isatty():
            self._under_way = f"  … {doing}"
            self._put(self._under_way)
        try:
            yield
        except BaseException:
            if self._under_way:
                self._put("\n")
            raise
        finally:
            self._under_way, unfinished = "", self._under_way
        if unfinished:
            self._put(_CLEAR_LINE)
        self.say(f"  ✓ {done} ({time.monotonic() - started:.1f} s)")

    def _write(self, text: str) -> None:
        """Print a line above the step that is under way on a terminal."""
        self._put(f"{_CLEAR_LINE}{text}\n{self._under_way}" if self._under_way else f"{text}\n")

    def _put(self, text: str) -> None:
        # A closed terminal or one without our signs is no reason to stop serving.
        with contextlib.suppress(OSError, UnicodeEncodeError):
            self.stream.write(text)
            self.stream.flush()


def listed(names: Iterable[str]) -> str:
    """Names as one says them: `web, worker and relay`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
