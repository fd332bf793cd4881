"""The relay: takes committed events from the outbox, in order, and hands them to every subscription.

One relay works at a time, by an advisory lock; a second one waits to take over. An event leaves the outbox
when every subscription has taken it, so a crash anywhere before means delivering again, never losing. Rows appear in
the outbox when their transaction commits, however late, and are found then: no position is ever passed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import redis.asyncio
import structlog

from apps.core import changes, tenancy
from apps.core.db.session import dsn
from apps.core.tenancy import TenantRef

from .event import Envelope
from .subscription import Subscription

log = structlog.get_logger(__name__)

RELAY_LOCK = 7_305_112_001
BATCH = 500
SWEEP_SECONDS = 1.0
BACKOFF_SECONDS = (0.1, 0.5, 2.0, 5.0)

_TAKE = """
SELECT position, event_id, type, schema_version, tenant_schema, aggregate_type, aggregate_id, aggregate_version,
       occurred_at, data, metadata
FROM core_shared_eventoutbox ORDER BY position LIMIT %s
"""
_DONE = "DELETE FROM core_shared_eventoutbox WHERE position = ANY(%s)"


async def run_relay(*, subscriptions: Sequence[Subscription], redis_url: str, stop: asyncio.Event) -> None:
    """Deliver until `stop` is set. Outlives a lost database connection, a lost Redis and a failing subscription."""
    wake = asyncio.Event()
    listener = asyncio.create_task(_listen(redis_url, wake))
    failures = 0
    try:
        while not stop.is_set():
            try:
                async with _the_only_relay(stop) as connection:
                    while not stop.is_set():
                        wake.clear()
                        delivered = await deliver_batch(connection, subscriptions)
                        failures = 0
                        if delivered < BATCH:
                            await _first_of(wake.wait(), stop.wait(), timeout=SWEEP_SECONDS)
            except Exception as error:  # whatever is away comes back; what was not delivered stays in the outbox
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                failures += 1
                log.warning("relay_interrupted", error=repr(error), retry_in_seconds=pause)
                await _first_of(stop.wait(), timeout=pause)
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


async def deliver_batch(connection: "psycopg.AsyncConnection[Any]", subscriptions: Sequence[Subscription]) -> int:
    """Hand the oldest undelivered events to all subscriptions, then forget them; gives how many."""
    rows = await (await connection.execute(_TAKE, [BATCH])).fetchall()
    if not rows:
        return 0
    tenants = await asyncio.to_thread(_tenants, {row[4] for row in rows})
    envelopes = [_envelope(row, tenants[row[4]]) for row in rows if row[4] in tenants]
    for subscription in subscriptions:
        wanted = [envelope for envelope in envelopes if envelope.type in subscription.types]
        if wanted:
            await subscription.feed(wanted)
    await connection.execute(_DONE, [[row[0] for row in rows]])
    await asyncio.to_thread(changes.age, tenants)
    return len(rows)


def _tenants(schemas: set[str]) -> dict[str, TenantRef]:
    from django.db import connection

    try:
        found = {schema: tenancy.directory().by_schema(schema) for schema in schemas}
    finally:
        connection.close()
    return {schema: tenant for schema, tenant in found.items() if tenant is not None}


def _envelope(row: tuple[Any, ...], tenant: TenantRef) -> Envelope:
    position, event_id, kind, schema_version, _, aggregate_type, aggregate_id, version, at, data, metadata = row
    return Envelope(
        position=position,
        id=event_id,
        type=kind,
        schema_version=schema_version,
        tenant=tenant,
        aggregate_type=aggregate_type,
        aggregate_id=aggregate_id,
        version=version,
        occurred_at=at,
        data=data,
        metadata=metadata,
    )


@contextlib.asynccontextmanager
async def _the_only_relay(stop: asyncio.Event) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
    connection = await psycopg.AsyncConnection.connect(
        dsn(application_name="relay"), autocommit=True, options="-c search_path=public"
    )
    async with connection:
        while not stop.is_set():
            taken = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [RELAY_LOCK])).fetchone()
            if taken and taken[0]:
                break
            await _first_of(stop.wait(), timeout=SWEEP_SECONDS)
        yield connection


async def _listen(redis_url: str, wake: asyncio.Event) -> None:
    """Turn hints into wake-ups. While Redis is away the sweep alone drives the relay."""
    while True:
        try:
            async with redis.asyncio.Redis.from_url(redis_url) as client, client.pubsub() as channel:
                await channel.subscribe(changes.WAKE_CHANNEL)
                async for _ in channel.listen():
                    wake.set()
        except redis.RedisError:
            await asyncio.sleep(SWEEP_SECONDS)


async def _first_of(*waits: Any, timeout: float) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
