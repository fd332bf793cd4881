"""Relays and events for tests: started in the test's own event loop, stopped when it has seen what it waits for."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.events import DomainEvent, Envelope, publish
from apps.core.events.relay import run_relay
from apps.core.events.store import SETTLED_BEFORE
from apps.core.events.subscription import Subscription
from apps.core.ids import new_id


class Noted(DomainEvent, frozen=True, kw_only=True):
    """An event of the tests."""

    aggregate_type = "note"
    text: str


def note(text: str = "", *, aggregate: UUID | None = None) -> UUID:
    """Publish one in the tenant entered; gives its aggregate."""
    aggregate = aggregate or new_id()
    with transaction.atomic():
        publish(Noted(text=text), aggregate_id=aggregate, at=clock.now(), actor=SYSTEM)
    return aggregate


class Heard:
    """A feed that remembers what it got."""

    def __init__(self, *, fails: int = 0, slow_seconds: float = 0.0) -> None:
        self.envelopes: list[Envelope] = []
        self.fails = fails
        self.slow_seconds = slow_seconds

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("away")
        self.envelopes.extend(envelopes)

    @property
    def texts(self) -> list[str]:
        return [envelope.data["text"] for envelope in self.envelopes]

    def subscription(self, name: str = "heard") -> Subscription:
        return Subscription(name=name, events=(Noted,), feed=self)


@contextmanager
def relaying(*subscriptions: Subscription) -> Any:
    """A relay in a thread of its own."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def work() -> None:
        try:
            loop.run_until_complete(run_relay(subscriptions=subscriptions, redis_url=settings.REDIS_URL, stop=stop))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        assert not thread.is_alive(), "the relay did not stop"
        loop.close()


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Until a condition holds; fails after the time, which is no measure: a busy machine may take most of it."""
    deadline = clock.now().timestamp() + seconds
    while not condition():
        assert clock.now().timestamp() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def outbox_is_empty() -> bool:
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_shared_eventoutbox")
        return cursor.fetchone()[0] == 0


def wait_until_settled() -> None:
    """Until every stored event of the tenant entered may be read: no transaction that is open here began before."""

    def settled() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(tx_id::text::bigint), 0) FROM core_event")
            last = cursor.fetchone()[0]
            cursor.execute(f"SELECT {SETTLED_BEFORE}::text::bigint")
            return bool(cursor.fetchone()[0] > last)

    wait_for(settled)
