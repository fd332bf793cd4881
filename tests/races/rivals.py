"""Rivals: threads that act at the same moment, each over a database session of its own; and locks that hold them up."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.db import connection

from apps.core import tenancy
from apps.core.tenancy import TenantRef

T = TypeVar("T")
PATIENCE_SECONDS = 30.0
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Rivals:
    """Threads under way; `outcomes` are what they gave or raised, in the order in which they were started."""

    def __init__(self, tenant: TenantRef) -> None:
        self._tenant = tenant
        self._threads: list[threading.Thread] = []
        self._outcomes: list[Any] = []

    def start(self, act: Callable[[], Any], *, together: threading.Barrier | None = None) -> None:
        """One more rival; with a barrier it begins when all are there, its session being open."""
        place = len(self._outcomes)
        self._outcomes.append(None)

        def work() -> None:
            try:
                with tenancy.enter(self._tenant):
                    connection.ensure_connection()
                    if together is not None:
                        together.wait(PATIENCE_SECONDS)
                    self._outcomes[place] = act()
            except Exception as error:
                self._outcomes[place] = error
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        self._threads.append(thread)
        thread.start()

    def outcomes(self, first: int | None = None) -> list[Any]:
        """Wait for all, or for the first so many."""
        for thread in self._threads[:first]:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "a rival is stuck"
        return self._outcomes[:first]


def at_once(tenant: TenantRef, *acts: Callable[[], Any]) -> list[Any]:
    """Let all act at the same moment; what each gave or raised."""
    rivals, together = Rivals(tenant), threading.Barrier(len(acts))
    for act in acts:
        rivals.start(act, together=together)
    return rivals.outcomes()


@contextmanager
def held(statement: str) -> Iterator[Callable[[int], None]]:
    """Hold the rows that a statement locks; gives `wait_for(n)`, which waits until so many others queue up.

    They are let go at the end of the block.
    """
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        session.execute(statement)

        def wait_for(rivals: int) -> None:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while session.execute(_WAITING).fetchone() != (rivals,):
                assert time.monotonic() < deadline, f"{rivals} rivals never queued up"
                session.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")

        yield wait_for


def as_owner(statement: str) -> None:
    """Change the test's own database as its owner: to take a guard away for a control."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(statement)


def refusals(outcomes: list[Any]) -> list[str]:
    """The codes of what was refused."""
    codes = []
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            code = getattr(outcome, "code", None)
            assert code is not None, repr(outcome)
            codes.append(code)
    return codes


def gained(outcomes: list[Any]) -> list[Any]:
    """What the rest gave."""
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
