"""A subscription's lane in the relay: live while it keeps up, catching up when it does not.

Live, it gets each batch of the outbox at once. When it fails or takes too long, its events go to deliveries of its
own, and the lane works through them with a database session of its own, while the others go on. Caught up, it is
live again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from apps.core import clock
from apps.core.tenancy import TenantRef

from . import deliveries
from .courier import Courier, Failures
from .event import Envelope
from .rows import envelope
from .shards import Session
from .subscription import Subscription

SLOW_SECONDS = 0.5  # how long a batch waits for a subscription before going on without it
CATCH_UP_PAUSE_SECONDS = 0.2

FindTenants = Callable[[set[str]], Awaitable[dict[str, TenantRef]]]


class Lane:
    """What the relay knows of one subscription."""

    def __init__(self, subscription: Subscription, find_tenants: FindTenants) -> None:
        self.subscription = subscription
        self.name = subscription.name
        self.held: set[UUID] = set()
        self.behind = False
        self._courier = Courier(subscription)
        self._find_tenants = find_tenants
        self._unfinished: asyncio.Task[Failures] | None = None

    async def offer(self, batch: Sequence[Envelope]) -> Failures:
        """Deliver what of a batch is this lane's; gives what it has not taken, with the errors."""
        wanted = [event for event in batch if event.type in self.subscription.types]
        if not wanted:
            return {}
        if self.behind:
            return dict.fromkeys([event.id for event in wanted], "")
        failures = {event.id: "" for event in wanted if event.aggregate_id in self.held}
        ready = [event for event in wanted if event.id not in failures]
        if ready:
            failures |= await self._in_time(ready)
        missed = [event for event in wanted if event.id in failures]
        self.held |= {event.aggregate_id for event in missed}
        if self.subscription.feed is not None and missed:
            self.behind = True
        return failures

    async def _in_time(self, ready: Sequence[Envelope]) -> Failures:
        task = asyncio.ensure_future(self._courier.deliver(ready))
        done, _ = await asyncio.wait({task}, timeout=SLOW_SECONDS)
        if done:
            return task.result()
        # It goes on by itself and may yet take them; they are offered again then, which it bears.
        self._unfinished, self.behind = task, True
        return {event.id: "" for event in ready}

    async def catch_up(self, session: Session, shards: Collection[int]) -> bool:
        """Deliver one page of what waits; says whether there was any. Runs beside the batches."""
        if self._unfinished is not None:
            await asyncio.wait({self._unfinished})
            self._unfinished = None
        rows = await deliveries.list_due(session, subscription=self.name, shards=shards, at=clock.now())
        tenants = await self._find_tenants({row[2] for row in rows})
        page = [envelope(row, tenants[row[2]]) for row in rows if row[2] in tenants]
        if not page:
            return False
        failures = await self._courier.deliver(page)
        mortal = self.subscription.handler is not None
        await deliveries.settle(
            session, subscription=self.name, envelopes=page, failures=failures, mortal=mortal, at=clock.now()
        )
        return not failures

    async def look_again(self, session: Session, shards: Collection[int]) -> None:
        """Between batches: learn what still waits, and be live again when it is nothing but dead letters."""
        self.held = await deliveries.list_held(session, subscription=self.name, shards=shards)
        if self._unfinished is None:
            due = await deliveries.next_due(session, subscription=self.name, shards=shards)
            self.behind = self.behind and due is not None

    async def keep_catching_up(self, connect: Callable[[], Awaitable[Session]], shards: Callable[[], set[int]]) -> None:
        """Until cancelled: work through this lane's deliveries whenever there are any."""
        while True:
            with contextlib.suppress(Exception):  # a lost session is made anew; what was not settled is still there
                async with await connect() as session:
                    while True:
                        busy = bool(self.held or self.behind) and await self.catch_up(session, shards())
                        await asyncio.sleep(0 if busy else CATCH_UP_PAUSE_SECONDS)
            await asyncio.sleep(CATCH_UP_PAUSE_SECONDS)

    def close(self) -> None:
        self._courier.close()
