"""A relay in this process, with a subscriber that remembers, and events written by hand."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from django.conf import settings

from apps.core.events import DomainEvent, Envelope
from apps.core.events.relay import run_relay
from apps.core.events.subscription import Subscription
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef

PATIENCE_SECONDS = 20.0
Feed = Callable[[Sequence[Envelope]], Awaitable[None]]


class Rang(DomainEvent, frozen=True, kw_only=True):
    """A bell rang: an event of these tests alone."""

    aggregate_type: ClassVar[str] = "bell"


class Hummed(DomainEvent, frozen=True, kw_only=True):
    """Nobody listens to this one."""

    aggregate_type: ClassVar[str] = "bell"


class Memory:
    """A subscriber that remembers what it was fed, in order."""

    def __init__(self) -> None:
        self.heard: list[Envelope] = []
        self.batches: list[int] = []

    async def feed(self, envelopes: Sequence[Envelope]) -> None:
        self.batches.append(len(envelopes))
        self.heard += envelopes

    def of(self, bell: UUID) -> list[int]:
        """The versions of one bell, as they came."""
        return [envelope.version for envelope in self.heard if envelope.aggregate_id == bell]

    def count(self, number: int) -> Callable[[], bool]:
        return lambda: len(self.heard) >= number


def session() -> "psycopg.Connection[Any]":
    """A writer's own database session."""
    return psycopg.connect(os.environ["DATABASE_URL"])


def ring(
    writer: "psycopg.Connection[Any]", tenant: TenantRef, bell: UUID, version: int = 1, kind: str = "Rang"
) -> UUID:
    """Write an event in the writer's open transaction."""
    event_id = new_id()
    writer.execute(
        f"""
        INSERT INTO {tenant.schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type,
            schema_version, occurred_at, data, metadata)
        VALUES (%s, 'bell', %s, %s, %s, 1, now(), '{{"loud": true}}', '{{"correlationId": "c-1"}}')
        """,
        [event_id, bell, version, kind],
    )
    return event_id


def subscription(feed: Feed, name: str = "memory") -> Subscription:
    return Subscription(name=name, events=(Rang,), feed=feed)


@asynccontextmanager
async def relay(*feeds: Feed, redis_url: str | None = None) -> AsyncIterator["asyncio.Task[None]"]:
    """A relay that works while the block runs, and has stopped cleanly after it."""
    stop = asyncio.Event()
    subscriptions = [subscription(feed, f"feed-{number}") for number, feed in enumerate(feeds)]
    work = asyncio.create_task(
        run_relay(subscriptions=subscriptions, redis_url=redis_url or settings.REDIS_URL, stop=stop)
    )
    try:
        yield work
    finally:
        stop.set()
        await asyncio.wait_for(work, PATIENCE_SECONDS)


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


def waiting() -> int:
    """How many events the outbox holds."""
    with session() as reader:
        row = reader.execute("SELECT count(*) FROM public.core_shared_eventoutbox").fetchone()
    assert row is not None
    return int(row[0])


async def until_delivered() -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(waiting):
            await asyncio.sleep(0.01)
