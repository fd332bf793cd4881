"""A subscription's lane in the relay: live while it keeps up, catching up when it does not.

Live, it gets each batch of the outbox at once. When it fails or takes too long, its events go to deliveries of its
own, and the lane works through them with a database session of its own, while the others go on. Caught up and quick
again, it is live again.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

import msgspec
import structlog

from apps.core import clock
from apps.core.tenancy import TenantRef

from . import deliveries
from .courier import Courier, Failures
from .event import Envelope
from .rows import envelope
from .shards import Session
from .subscription import Subscription

log = structlog.get_logger(__name__)

SLOW_SECONDS = 0.5  # how long a batch waits for a subscription before going on without it
QUICK_SECONDS = 0.25  # who was too slow is live again when a page takes it no longer than this
CATCH_UP_PAUSE_SECONDS = 0.2
REJOIN_AGAIN_SECONDS = 1.0  # between two tries to be live again, each of which may stop the batches
REJOIN_SECONDS = 0.1  # how long the batches wait for a subscription that has nearly caught up

FindTenants = Callable[[set[str]], Awaitable[dict[str, TenantRef]]]


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that a subscription was too slow for and is still at."""

    task: "asyncio.Task[Failures]"
    events: Sequence[Envelope]
    shards: frozenset[int]


class Lane:
    """What the relay knows of one subscription. `shards` tells which the relay holds now."""

    def __init__(
        self, subscription: Subscription, find_tenants: FindTenants, shards: Callable[[], Collection[int]]
    ) -> None:
        self.subscription = subscription
        self.name = subscription.name
        self.held: set[UUID] = set()
        self.behind = False
        self._slow = False
        # Whether what a feed feeds seems to be away: it has taken nothing since it last failed on everything.
        self._away = subscription.feed is not None
        self._courier = Courier(subscription)
        self._find_tenants = find_tenants
        self._shards = shards
        self._page_of: frozenset[int] = frozenset()
        self._unfinished: Unfinished | None = None
        self._strangers: set[str] = set()
        self._nearly = False
        self._rejoin_at = -math.inf
        self._hurry, self._drained = asyncio.Event(), asyncio.Event()

    @property
    def in_hand(self) -> frozenset[int]:
        """Shards of which this lane may be delivering something, beside the batches."""
        return self._page_of | (self._unfinished.shards if self._unfinished else frozenset())

    @property
    def may_rejoin(self) -> bool:
        """Whether it is worth looking, before the next sweep, if this lane can be live again."""
        if not self.behind or not self._nearly or self._slow:
            return False
        return asyncio.get_running_loop().time() >= self._rejoin_at

    def hurry(self) -> None:
        """There is something new for it to catch up with."""
        self._hurry.set()

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
            failed = await self._in_time(ready)
            if self.subscription.feed is not None and not self.behind:
                self._away = bool(failed)
            failures |= failed
        missed = [event for event in wanted if event.id in failures]
        self.held |= {event.aggregate_id for event in missed}
        if self.subscription.feed is not None and any(failures.values()):
            self.behind = True
        return failures

    async def _in_time(self, ready: Sequence[Envelope]) -> Failures:
        task = asyncio.ensure_future(self._courier.deliver(ready))
        done, _ = await asyncio.wait({task}, timeout=SLOW_SECONDS)
        if done:
            return task.result()
        self._unfinished = Unfinished(task=task, events=ready, shards=frozenset(self._shards()))
        self._slow = self.behind = True
        self._nearly = False
        return {event.id: "" for event in ready}

    async def catch_up(self, session: Session) -> bool:
        """Deliver one page of what waits; says whether to go on at once. Runs beside the batches."""
        if self._unfinished is not None:
            await asyncio.wait({self._unfinished.task})
            await self._settle(session, self._unfinished.events, self._unfinished.task.result())
            self._unfinished = None
        self._page_of = frozenset(self._shards())
        try:
            page = await self._page(session)
            self._nearly = len(page) < deliveries.PAGE
            if not page:
                self._drained.set()
                return False
            return not await self._deliver_page(session, page)
        finally:
            self._page_of = frozenset()

    async def look_again(self, session: Session) -> None:
        """Between batches, and after shards have come or gone: learn what waits, and be live again when nothing does.

        A feed whose other end seems to be away stays behind while anything waits, for it is hit by each batch as a
        whole; others only while something is due, for what they failed on holds back its own aggregate.
        """
        if self.behind and self._nearly and not self._slow:
            await self._let_rejoin()
        until = None if self._away else clock.now()
        waiting = self._unfinished is not None or await deliveries.is_any_waiting(
            session, subscription=self.name, shards=self._shards(), until=until
        )
        self.behind = self._slow or (waiting and (self.behind or self.subscription.feed is not None))
        if not self.behind:
            self.held = await deliveries.list_held(session, subscription=self.name, shards=self._shards())

    async def keep_catching_up(self, connect: Callable[[], Awaitable[Session]]) -> None:
        """Until cancelled: work through this lane's deliveries whenever there are any."""
        while True:
            try:
                async with await connect() as session:
                    while True:
                        busy = bool(self.held or self.behind) and await self.catch_up(session)
                        if not busy:
                            with contextlib.suppress(TimeoutError):
                                async with asyncio.timeout(CATCH_UP_PAUSE_SECONDS):
                                    await self._hurry.wait()
                        self._hurry.clear()
            except Exception as error:  # a lost session is made anew; what was not settled is still there
                log.warning("lane_interrupted", subscription=self.name, error=repr(error))
            await asyncio.sleep(CATCH_UP_PAUSE_SECONDS)

    async def close(self) -> None:
        """Stop what is under way: the relay's next session begins with it anew, and must not do so beside it."""
        if self._unfinished is not None:
            self._unfinished.task.cancel()
            await asyncio.wait({self._unfinished.task})
        await self._courier.close()

    async def _let_rejoin(self) -> None:
        """Wait a little: under a steady load there is something new whenever one looks, unless nothing is added."""
        self._drained.clear()
        self._hurry.set()
        self._rejoin_at = asyncio.get_running_loop().time() + REJOIN_AGAIN_SECONDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REJOIN_SECONDS):
                await self._drained.wait()

    async def _page(self, session: Session) -> list[Envelope]:
        rows = await deliveries.list_due(
            session, subscription=self.name, shards=self._page_of, but_not=self._strangers, at=clock.now()
        )
        schemas = {row[2] for row in rows}
        tenants = await self._find_tenants(schemas)
        self._strangers = schemas - tenants.keys()  # passed by the next time, so that they fill no page
        if self._strangers:
            await deliveries.drop_gone(session, schemas=self._strangers)
        return [envelope(row, tenants[row[2]]) for row in rows if row[2] in tenants]

    async def _deliver_page(self, session: Session, page: Sequence[Envelope]) -> Failures:
        loop = asyncio.get_running_loop()
        began = loop.time()
        failures = await self._courier.deliver(page)
        if self.subscription.feed is not None and failures and len(page) > 1:
            failures = await self._courier.deliver_singly(page)
        bound = QUICK_SECONDS if self._nearly else 4 * QUICK_SECONDS  # a full page is more than most batches
        self._slow = loop.time() - began > bound
        await self._settle(session, page, failures)
        return failures

    async def _settle(self, session: Session, events: Sequence[Envelope], failures: Failures) -> None:
        took_some = len(failures) < len(events)
        mortal = self.subscription.handler is not None or took_some or not self._away
        if self.subscription.feed is not None:
            self._away = not took_some
        await deliveries.settle(
            session, subscription=self.name, envelopes=events, failures=failures, mortal=mortal, at=clock.now()
        )
