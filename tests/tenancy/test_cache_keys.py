"""Cache entries belong to the tenant that made them, also from an event loop."""

import asyncio

import pytest
from django.core.cache import cache

from apps.core import tenancy
from apps.core.redis_client import client
from apps.core.tenancy import NoTenant, TenantRef

pytestmark = pytest.mark.django_db


def test_the_same_key_is_another_entry_for_each_tenant(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.enter(acme):
        cache.set("rates", "acme's")
    with tenancy.enter(globex):
        assert cache.get("rates") is None
        cache.set("rates", "globex's")
    with tenancy.public():
        assert cache.get("rates") is None
    with tenancy.enter(acme):
        assert cache.get("rates") == "acme's"


def test_outside_of_any_tenant_there_is_no_cache() -> None:
    with pytest.raises(NoTenant):
        cache.get("rates")


def test_on_the_event_loop_keys_carry_the_tenant(acme: TenantRef, globex: TenantRef) -> None:
    async def keep(tenant: TenantRef, barrier: asyncio.Barrier) -> None:
        with tenancy.enter(tenant):
            await barrier.wait()
            await cache.aset("async-rates", tenant.slug)

    async def both() -> None:
        barrier = asyncio.Barrier(2)
        await asyncio.gather(keep(acme, barrier), keep(globex, barrier))

    asyncio.run(both())

    keys = {key.decode().split(":")[0] for key in client().scan_iter("*async-rates")}
    assert keys == {acme.schema, globex.schema}
