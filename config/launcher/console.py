"""What the launcher tells the person who started it."""

import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Console:
    """Prints one line per thing that happens. `quiet` keeps all but troubles to itself."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    quiet: bool = False

    def say(self, text: str) -> None:
        if not self.quiet:
            self._write(text)

    def warn(self, text: str) -> None:
        self._write(text)

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Say what is being done, and how long it took when it is done."""
        started = time.monotonic()
        live = not self.quiet and self.stream.isatty()
        if live:
            print(f"  … {doing}", end="", file=self.stream, flush=True)
        try:
            yield
        except BaseException:
            if live:
                print(file=self.stream)
            raise
        if live:
            print("\r\033[K", end="", file=self.stream)
        self.say(f"  ✓ {done} ({time.monotonic() - started:.1f} s)")

    def _write(self, text: str) -> None:
        # A closed terminal or one without our signs is no reason to stop serving.
        with contextlib.suppress(OSError, UnicodeEncodeError):
            print(text, file=self.stream, flush=True)
