"""The relay: takes committed events from the outbox, in order, and hands them to every subscription.

An event leaves the outbox in the transaction that seals it and notes who has not taken it. So a crash anywhere before
means delivering again, never losing. Rows appear in the outbox when their transaction commits, however late,
and are found then: no position is ever passed.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any

import psycopg
import redis.asyncio
import structlog

from apps.core import changes, clock
from apps.core.db.session import dsn

from . import deliveries, sealing
from .courier import Failures
from .event import Envelope
from .known_tenants import KnownTenants
from .lane import Lane
from .rows import OUTBOX_COLUMNS, envelope
from .sealer import OutboxRow, Sealer
from .shards import Session, Shards
from .subscription import Subscription

log = structlog.get_logger(__name__)

BATCH = 1000
SWEEP_SECONDS = 1.0
PREPARED = 300  # statements that a session keeps planned: a seal and a head for each tenant, and some more
SESSION_OPTIONS = "-c search_path=public -c synchronous_commit=off"
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
    """A session of the relay's, in the public schema.

    Its commits do not wait for the disk: what a crash of the server takes back is delivered once more, and nothing can
    outlive it that was committed later (docs/adr/0011).
    """
    session = await psycopg.AsyncConnection.connect(
        dsn(application_name="relay"),
        autocommit=True,
        options=SESSION_OPTIONS,
        prepare_threshold=3,
    )
    session.prepared_max = PREPARED
    return session


class Relay:
    """One relay process's work while it has a database session."""

    def __init__(self, session: Session, subscriptions: Sequence[Subscription]) -> None:
        self._session = session
        self._shards = Shards(session)
        self._tenants = KnownTenants()
        self._sealer = Sealer(session)
        self._lanes = [
            Lane(subscription, self._tenants.of, lambda: self._shards.held) for subscription in subscriptions
        ]
        self._looked_at = -math.inf
        self._strangers: set[str] = set()  # schemas whose tenant was not found: their events stay where they are

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        """With the lanes' own work going on beside the batches."""
        await self._shards.arrive()
        beside: list[Coroutine[Any, Any, None]] = [lane.keep_catching_up(connect) for lane in self._lanes]
        tasks = [asyncio.create_task(work) for work in [*beside, self._tenants.keep_fresh()]]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(lane.close() for lane in self._lanes))

    async def deliver_batch(self) -> int:
        """Hand the oldest undelivered events to all subscriptions, seal and forget them; gives how many."""
        await self._look_around()
        parameters = [list(self._shards.held), list(self._strangers)]
        rows = await (await self._session.execute(_TAKE, parameters)).fetchall()
        if not rows:
            return 0
        schemas = {row[2] for row in rows}
        tenants = await self._tenants.of(schemas)
        if unknown := schemas - tenants.keys():
            log.warning("events_of_no_tenant", schemas=sorted(unknown))
            await self._session.execute(_DROP_GONE, [list(unknown)])
            self._strangers |= unknown
        known = [row for row in rows if row[2] in tenants]
        batch = [envelope(row[:-1], tenants[row[2]]) for row in known]
        aging = asyncio.create_task(asyncio.to_thread(changes.age, tenants))
        missed = await asyncio.gather(*(lane.offer(batch) for lane in self._lanes))
        await self._note(known, batch, missed)
        await aging
        return len(rows)

    async def _note(self, rows: Sequence[OutboxRow], batch: Sequence[Envelope], missed: Sequence[Failures]) -> None:
        """Seal and forget a batch, and keep for each subscription what it has not taken: all in one round trip."""
        await self._sealer.learn_heads({row[2] for row in rows})
        async with self._session.pipeline(), self._session.transaction():
            for lane, failures in zip(self._lanes, missed, strict=True):
                if failures:
                    waiting = [event for event in batch if event.id in failures]
                    await deliveries.keep(
                        self._session, subscription=lane.name, envelopes=waiting, failures=failures, at=clock.now()
                    )
            await self._sealer.seal(rows)
            await self._session.execute(_DONE, [[row[0] for row in rows]])
        for lane, failures in zip(self._lanes, missed, strict=True):
            if failures:
                lane.hurry()

    async def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < SWEEP_SECONDS:
            await self._look_again(lane for lane in self._lanes if lane.may_rejoin)
            return
        self._looked_at = now
        self._strangers.clear()
        if await self._shards.balance({shard for lane in self._lanes for shard in lane.in_hand}):
            self._sealer.forget()
        await self._look_again(self._lanes)

    async def _look_again(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            await lane.look_again(self._session)


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
