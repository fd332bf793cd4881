"""The relay: takes committed events from the outbox, in order, and hands them to every subscription.

An event leaves the outbox in the transaction that seals it and notes who has not taken it. So a crash anywhere before
means delivering again, never losing. Rows appear in the outbox when their transaction commits, however late,
and are found then: no position is ever passed.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Sequence
from typing import Any, LiteralString

import psycopg
import redis.asyncio
import structlog

from apps.core import changes, clock, tenancy
from apps.core.db.session import dsn
from apps.core.tenancy import TenantRef

from . import deliveries, sealing
from .lane import Lane
from .rows import OUTBOX_COLUMNS, envelope
from .shards import Session, Shards
from .subscription import Subscription

log = structlog.get_logger(__name__)

BATCH = 1000
SWEEP_SECONDS = 1.0
RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)

_TAKE = f"""
SELECT {OUTBOX_COLUMNS}, {sealing.OUTBOX_DIGEST} FROM core_shared_eventoutbox
WHERE shard = ANY(%s) AND NOT tenant_schema = ANY(%s) ORDER BY position LIMIT {BATCH}
"""
# A tenant's schema may have been dropped by hand: then there is no store to seal in, and nobody to tell.
_DROP_GONE = """
DELETE FROM core_shared_eventoutbox WHERE tenant_schema = ANY(%s) AND to_regnamespace(tenant_schema) IS NULL
"""
_DONE = "DELETE FROM core_shared_eventoutbox WHERE position = ANY(%s)"


async def run_relay(*, subscriptions: Sequence[Subscription], redis_url: str, stop: asyncio.Event) -> None:
    """Deliver until `stop` is set. Outlives a lost database, a lost Redis and failing or slow subscriptions."""
    wake = asyncio.Event()
    listener = asyncio.create_task(_listen(redis_url, wake))
    tries = 0
    try:
        while not stop.is_set():
            try:
                async with await connect() as session, Relay(session, subscriptions).running() as relay:
                    while not stop.is_set():
                        wake.clear()
                        found = await relay.deliver_batch()
                        tries = 0
                        if found < BATCH:
                            await _first_of(wake.wait(), stop.wait(), timeout=SWEEP_SECONDS)
            except Exception as error:  # what is away comes back; what was not delivered is still in the outbox
                pause = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
                tries += 1
                log.warning("relay_interrupted", error=repr(error), retry_in_seconds=pause)
                await _first_of(stop.wait(), timeout=pause)
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


async def connect() -> Session:
    """A session of the relay's, in the public schema."""
    return await psycopg.AsyncConnection.connect(
        dsn(application_name="relay"), autocommit=True, options="-c search_path=public"
    )


class Relay:
    """One relay process's work while it has a database session."""

    def __init__(self, session: Session, subscriptions: Sequence[Subscription]) -> None:
        self._session = session
        self._shards = Shards(session)
        self._lanes = [Lane(subscription, find_tenants, lambda: self._shards.held) for subscription in subscriptions]
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._balanced_at = -math.inf
        self._strangers: set[str] = set()  # schemas whose tenant was not found: their events stay where they are

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        """With the lanes' own work going on beside the batches."""
        await self._shards.arrive()
        tasks = [asyncio.create_task(lane.keep_catching_up(connect)) for lane in self._lanes]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for lane in self._lanes:
                await lane.close()

    async def deliver_batch(self) -> int:
        """Hand the oldest undelivered events to all subscriptions, seal and forget them; gives how many."""
        await self._look_around()
        parameters = [list(self._shards.held), list(self._strangers)]
        rows = await (await self._session.execute(_TAKE, parameters)).fetchall()
        if not rows:
            return 0
        schemas = {row[2] for row in rows}
        tenants = await find_tenants(schemas)
        if unknown := schemas - tenants.keys():
            log.warning("events_of_no_tenant", schemas=sorted(unknown))
            await self._session.execute(_DROP_GONE, [list(unknown)])
            self._strangers |= unknown
        known = [row for row in rows if row[2] in tenants]
        batch = [envelope(row[:-1], tenants[row[2]]) for row in known]
        missed = await asyncio.gather(*(lane.offer(batch) for lane in self._lanes))
        async with self._session.transaction():
            for lane, failures in zip(self._lanes, missed, strict=True):
                if failures:
                    waiting = [event for event in batch if event.id in failures]
                    await deliveries.keep(
                        self._session, subscription=lane.name, envelopes=waiting, failures=failures, at=clock.now()
                    )
            await self._seal(known)
            await self._session.execute(_DONE, [[row[0] for row in known]])
        await asyncio.to_thread(changes.age, tenants)
        return len(rows)

    async def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._balanced_at < SWEEP_SECONDS:
            return
        self._balanced_at = now
        self._strangers.clear()
        if await self._shards.balance({shard for lane in self._lanes for shard in lane.in_hand}):
            self._heads.clear()  # others have sealed meanwhile
        for lane in self._lanes:
            await lane.look_again(self._session)

    async def _seal(self, rows: Sequence[tuple[Any, ...]]) -> None:
        by_schema: dict[str, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_schema.setdefault(row[2], []).append(row)
        for schema, events in by_schema.items():
            seq, head = self._heads.pop(schema, (0, b""))
            if not head:
                seq, head = await self._head(schema)
            seals = []
            for row in events:
                seq, head = seq + 1, sealing.chained(head, row[-1])
                seals.append((seq, row[1], row[-1], head))
            columns = [list(column) for column in zip(*seals, strict=True)]
            await self._session.execute(_in(schema, sealing.SEAL), columns)
            self._heads[schema] = seq, head

    async def _head(self, schema: str) -> tuple[int, bytes]:
        row = await (await self._session.execute(_in(schema, sealing.HEAD))).fetchone()
        return (row[0], bytes(row[1])) if row else (0, sealing.FIRST)


def _in(schema: str, query: str) -> LiteralString:
    # the schema's name is of our own making and was matched against its pattern when the tenant was made
    return query.replace("{schema}", schema)


async def find_tenants(schemas: set[str]) -> dict[str, TenantRef]:
    """The tenants of these schemas; one that is gone is left out."""
    return await asyncio.to_thread(_find_tenants, schemas)


def _find_tenants(schemas: set[str]) -> dict[str, TenantRef]:
    from django.db import connection

    try:
        found = {schema: tenancy.directory().by_schema(schema) for schema in schemas}
    finally:
        connection.close()
    return {schema: tenant for schema, tenant in found.items() if tenant is not None}


async def _listen(redis_url: str, wake: asyncio.Event) -> None:
    """Turn hints into wake-ups. While Redis is away the sweep alone drives the relay."""
    while True:
        try:
            async with redis.asyncio.Redis.from_url(redis_url) as client, client.pubsub() as channel:
                await channel.subscribe(changes.WAKE_CHANNEL)
                async for _ in channel.listen():
                    wake.set()
        except (redis.RedisError, OSError):
            await asyncio.sleep(SWEEP_SECONDS)


async def _first_of(*waits: Any, timeout: float) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
