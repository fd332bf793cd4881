"""Coroutines and threads: each has its own tenant, and what one enters no other one sees."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from apps.core import tenancy
from apps.core.tenancy import NoTenant, TenantRef
from tests.tenancy.where import schema_met

pytestmark = pytest.mark.usefixtures("own_database")


def test_control_the_library_answers_two_coroutines_from_one_tenant(
    acme: TenantRef, globex: TenantRef, library_connection: Any
) -> None:
    async def work(tenant: TenantRef, both_entered: asyncio.Barrier) -> str:
        await sync_to_async(library_connection.set_schema)(tenant.schema)
        await both_entered.wait()
        return await sync_to_async(schema_met)(library_connection)

    acme_met, globex_met = _together(work, acme, globex)

    assert acme_met == globex_met


def test_two_coroutines_keep_their_tenants(acme: TenantRef, globex: TenantRef, pool: None) -> None:
    async def work(tenant: TenantRef, both_entered: asyncio.Barrier) -> str:
        with tenancy.enter(tenant):
            await both_entered.wait()
            met = await tenancy.in_thread(schema_met)
            await both_entered.wait()
            assert tenancy.current() == tenant
            assert met == await tenancy.in_thread(schema_met)
        with pytest.raises(NoTenant):
            tenancy.current()
        return met

    assert _together(work, acme, globex) == [acme.schema, globex.schema]


def test_many_coroutines_at_once(acme: TenantRef, globex: TenantRef, pool: None) -> None:
    async def work(tenant: TenantRef) -> bool:
        with tenancy.enter(tenant):
            await asyncio.sleep(0)
            return await tenancy.in_thread(schema_met) == tenant.schema

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(work((acme, globex)[number % 2]) for number in range(100)))

    assert all(asyncio.run(all_of_them()))


def test_a_task_inherits_its_tenant_and_gives_nothing_back(acme: TenantRef, globex: TenantRef, pool: None) -> None:
    async def child() -> str:
        inherited = await tenancy.in_thread(schema_met)
        tenancy.enter(globex).__enter__()  # and never leaves
        return inherited

    async def parent() -> tuple[str, str]:
        with tenancy.enter(acme):
            inherited = await asyncio.create_task(child())
            return inherited, await tenancy.in_thread(schema_met)

    assert asyncio.run(parent()) == (acme.schema, acme.schema)


def test_control_the_librarys_tenant_is_swapped_under_a_thread(
    acme: TenantRef, globex: TenantRef, library_connection: Any
) -> None:
    def work(tenant: TenantRef, both_entered: threading.Barrier, one_at_a_time: threading.Lock) -> str:
        library_connection.set_schema(tenant.schema)
        both_entered.wait()
        with one_at_a_time:
            return schema_met(library_connection)

    acme_met, globex_met = _in_threads(work, acme, globex)

    assert acme_met == globex_met


def test_two_threads_keep_their_tenants(acme: TenantRef, globex: TenantRef, pool: None) -> None:
    def work(tenant: TenantRef, both_entered: threading.Barrier, one_at_a_time: threading.Lock) -> str:
        try:
            with tenancy.enter(tenant):
                both_entered.wait()
                with one_at_a_time:
                    return schema_met()
        finally:
            connection.close()

    assert _in_threads(work, acme, globex) == [acme.schema, globex.schema]


def test_control_the_library_starts_in_public(library_connection: Any) -> None:
    with library_connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == ("public",)


def test_a_new_thread_starts_nowhere_unless_it_is_given_the_context(acme: TenantRef, pool: None) -> None:
    def met_and_close() -> str:
        try:
            return schema_met()
        finally:
            connection.close()

    with tenancy.enter(acme), ThreadPoolExecutor(1) as threads:
        assert threads.submit(met_and_close).result() == "none"
        assert threads.submit(copy_context().run, met_and_close).result() == acme.schema


def test_a_coroutines_thread_gives_its_session_back(acme: TenantRef, pool: None) -> None:
    async def work() -> bool:
        with tenancy.enter(acme):
            await tenancy.in_thread(schema_met)
            return await sync_to_async(lambda: connection.connection is None)()

    assert asyncio.run(work())


def _together(work: Callable[[TenantRef, asyncio.Barrier], Any], *tenants: TenantRef) -> list[str]:
    async def all_of_them() -> list[str]:
        barrier = asyncio.Barrier(len(tenants))
        return await asyncio.gather(*(work(tenant, barrier) for tenant in tenants))

    return asyncio.run(all_of_them())


def _in_threads(work: Callable[[TenantRef, threading.Barrier, threading.Lock], str], *tenants: TenantRef) -> list[str]:
    barrier, lock = threading.Barrier(len(tenants), timeout=10), threading.Lock()
    with ThreadPoolExecutor(len(tenants)) as threads:
        return [one.result() for one in [threads.submit(work, tenant, barrier, lock) for tenant in tenants]]
