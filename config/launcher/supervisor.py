"""Keeps the children alive until somebody asks for an end, then stops them in order."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from config.launcher.children import Child
from config.launcher.console import Console
from config.launcher.home import Home
from config.launcher.leftovers import remember

_TICK_SECONDS = 0.05


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass
class Supervisor:
    """The children in the order they were started; they are stopped in the opposite one.

    Children of the same `rank` are stopped at the same time: the servers have ranks of their own, so that nobody
    loses the database while still at work.
    """

    home: Home
    console: Console
    stop_signals: int = 0
    on_tick: list[Callable[[], None]] = field(default_factory=list)
    _ranks: list[list[Child]] = field(default_factory=list)

    @property
    def children(self) -> list[Child]:
        return [child for rank in self._ranks for child in rank]

    @contextmanager
    def listening_for_stop(self, *, interrupts: bool = True) -> Iterator[None]:
        """Count the requests to stop. With `interrupts` off, Ctrl-C is left to the command in the foreground."""
        handled = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            handled.append(signal.SIGHUP)

        def note(number: int, _frame: FrameType | None) -> None:
            if interrupts or number != signal.SIGINT:
                self.stop_signals += 1

        previous = {number: signal.signal(number, note) for number in handled}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def launch(self, *children: Child) -> None:
        """Start children of one rank."""
        self._ranks.append(list(children))
        for child in children:
            child.start()
        remember(self.home, self.children)

    def forget(self, child: Child) -> None:
        """Stop a child and keep it no longer."""
        child.stop()
        self._ranks = [kept for rank in self._ranks if (kept := [other for other in rank if other is not child])]

    def tick(self) -> None:
        """Look after the children once: start again those that died and have waited long enough."""
        for child in self.children:
            if child.revived and not child.is_alive():
                self._revive(child)
        for call in self.on_tick:
            call()
        time.sleep(_TICK_SECONDS)

    def wait_until(self, reached: Callable[[], bool], *, seconds: float) -> bool:
        """Look after the children until `reached()`; False when the time is over. Raises StopRequested."""
        deadline = time.monotonic() + seconds
        while not reached():
            if self.stop_signals:
                raise StopRequested
            if time.monotonic() > deadline:
                return False
            self.tick()
        return True

    def stop_all(self) -> None:
        """Stop rank by rank. A second request to stop meanwhile kills what takes its time, but never the servers."""
        asked_before = self.stop_signals
        for rank in reversed(self._ranks):
            for child in rank:
                child.ask_to_stop()
            now = time.monotonic()
            for child in rank:
                if not child.wait_stopped(now + child.grace_seconds, hurried=self._hurry(child, asked_before)):
                    self.console.warn(f"  {child.name} did not stop in time and was killed")
        self._ranks.clear()
        (self.home.path / "processes.json").unlink(missing_ok=True)

    def _hurry(self, child: Child, asked_before: int) -> Callable[[], bool]:
        return lambda: not child.keeps_data and self.stop_signals > asked_before

    def _revive(self, child: Child) -> None:
        if not child.death_noted:
            child.note_death()
            self.console.warn(
                f"  ! {child.name} ended ({child.how_it_ended()}); starting it again "
                f"in {child.seconds_to_retry:.1f} s (its log: {child.log})"
            )
        if child.seconds_to_retry == 0:
            try:
                child.start()
            except OSError as error:
                self.console.warn(f"  ! {child.name} cannot be started: {error}")
                child.note_death()
                return
            remember(self.home, self.children)
            self.console.warn(f"  ✓ {child.name} was started again")
