"""Making two things happen at once, in an order that is the same every time: no sleeping, no luck."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from django.db import connection

T = TypeVar("T")


def wait_until_waited_for(session: "psycopg.Connection[tuple[object, ...]]", *, by: int) -> None:
    """Return when so many of this database's sessions wait for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        if session.execute(waiting).fetchone() == (by,):
            return
        session.execute("SELECT pg_stat_clear_snapshot()")
        time.sleep(0.02)
    raise AssertionError(f"there were never {by} that waited")


class RowsHeld:
    """Another transaction that holds all rows of a table."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __enter__(self) -> "RowsHeld":
        self.session = psycopg.connect(os.environ["DATABASE_URL"])
        self.session.execute(f"SELECT FROM {self.table} FOR UPDATE")
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.close()

    def release_when_waited_for(self, *, by: int) -> None:
        """Let the rows go as soon as so many others want them."""
        wait_until_waited_for(self.session, by=by)
        self.session.rollback()


def in_two_threads(act: Callable[[], T], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
    """What two threads get that do the same, each over a database session of its own."""
    return in_threads([act, act], meanwhile)


def in_threads(acts: list[Callable[[], T]], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
    """What threads get that do these things, each over a database session of its own."""

    def act_and_leave(act: Callable[[], T]) -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        all_of_them = [threads.submit(act_and_leave, act) for act in acts]
        meanwhile()
        return [one.result(timeout=20) for one in all_of_them]
