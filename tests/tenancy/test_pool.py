"""Threads that share a few server sessions: each query meets the tenant of its own thread, whatever went before."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.tenancy.where import schema_met

pytestmark = pytest.mark.usefixtures("pool")
THREADS, ROUNDS = 6, 60


class Undone(Exception):
    """Raised to roll a transaction back."""


@contextmanager
def work_in(tenant: TenantRef) -> Iterator[None]:
    """A request's way: take a session from the pool, work in the tenant, give it back."""
    try:
        with tenancy.enter(tenant):
            yield
    finally:
        connection.close()


def plain() -> None:
    """One query that commits by itself."""
    schema_met()


def committed() -> None:
    with transaction.atomic():
        schema_met()


def rolled_back() -> None:
    with suppress(Undone), transaction.atomic():
        schema_met()
        raise Undone


def savepoint_rolled_back() -> None:
    with transaction.atomic():
        with suppress(Undone), transaction.atomic():
            schema_met()
            raise Undone
        schema_met()


def failed() -> None:
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def closed_in_a_transaction() -> None:
    """What a timeout or a dying thread does: the session goes back with its transaction open."""
    with suppress(DatabaseError), transaction.atomic():
        schema_met()
        connection.close()


def commit_that_the_server_turns_into_a_rollback() -> None:
    """An error below Django's eyes, swallowed: PostgreSQL answers the COMMIT with ROLLBACK."""
    with transaction.atomic():
        schema_met()
        with suppress(psycopg.Error), psycopg.Cursor(connection.connection) as cursor:
            cursor.execute("SELECT 1 / 0")


ENDINGS: list[Callable[[], None]] = [
    plain,
    committed,
    rolled_back,
    savepoint_rolled_back,
    failed,
    closed_in_a_transaction,
    commit_that_the_server_turns_into_a_rollback,
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_the_next_user_of_a_session_meets_its_own_tenant(
    acme: TenantRef, globex: TenantRef, ending: Callable[[], None]
) -> None:
    with work_in(acme):
        plain()
    with work_in(globex):
        ending()

    for tenant in (globex, acme, globex):
        with work_in(tenant):
            assert schema_met() == tenant.schema
        with work_in(tenant), transaction.atomic():
            assert schema_met() == tenant.schema


def test_many_threads_and_two_tenants_on_two_sessions(acme: TenantRef, globex: TenantRef) -> None:
    def work(seed: int) -> list[tuple[str, str]]:
        chance = random.Random(seed)
        wrong = []
        for _ in range(ROUNDS):
            tenant = chance.choice((acme, globex))
            with work_in(tenant):
                chance.choice(ENDINGS)()
            with work_in(tenant):
                met = schema_met()
            if met != tenant.schema:
                wrong.append((tenant.schema, met))
        return wrong

    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(work, range(THREADS)))

    assert found == [[]] * THREADS


def test_a_session_that_entered_nothing_sees_no_table(acme: TenantRef) -> None:
    with work_in(acme):
        plain()

    assert schema_met() == "none"
    connection.close()
