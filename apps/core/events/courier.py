"""One subscription's courier: hands it events, and notes which it has not taken.

A feed takes a batch or fails as a whole. A handler takes event by event, those of one tenant in one transaction with
their inbox rows; where one fails, each gets a transaction of its own, the later events of its aggregate wait and all
others go on.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import connection

from apps.core import clock, tenancy
from apps.core.db.statement import together

from .event import Envelope
from .own_thread import OwnThread
from .subscription import Handler, Subscription

log = structlog.get_logger(__name__)

Failures = dict[UUID, str]
"""Event ids that were not taken, with the error; an empty error: it only waited behind another."""

FEED_SECONDS = 60.0  # a feed that hangs longer has failed
SINGLY_SECONDS = 30.0
CLOSE_SECONDS = 5.0  # how long a handler may take to end when the relay stops or begins anew
RUN = 100  # so many events of a tenant share a transaction: what it locks is locked until its end

# The commit need not wait for the disk. What tells of it, the deleted outbox row or delivery, is committed after it
# and so comes after it in the journal: if that outlives a crash, this does (docs/adr/0011).
CLAIM = """
INSERT INTO {schema}.core_eventinbox (consumer, event_id, handled_at)
SELECT %(consumer)s, event_id, %(at)s
FROM set_config('synchronous_commit', 'off', true), unnest(%(event_ids)s::uuid[]) event_id
ON CONFLICT DO NOTHING RETURNING event_id
"""


class Closing(Exception):
    """The relay is going: what is not committed yet is left to the next one."""


class Courier:
    """Delivers to one subscription. A handler runs in a thread and a database session of its own."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self._thread = OwnThread(subscription.name)
        self._closing = threading.Event()

    async def deliver(self, envelopes: Sequence[Envelope]) -> Failures:
        """Hand over events, in order; gives those that were not taken."""
        if self.subscription.feed is not None:
            return await self._to_feed(envelopes)
        assert self.subscription.handler is not None
        return await self._thread.run(self._to_handler, self.subscription.handler, envelopes)

    async def deliver_singly(self, envelopes: Sequence[Envelope]) -> Failures:
        """Hand a feed one event at a time after it has refused them together: is it away, or is one of them poison?

        Where some were taken, those that were not get a second chance: what it feeds may have come back in between.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + SINGLY_SECONDS
        failures: Failures = {}
        for _ in range(2):
            left = [event for event in envelopes if event.id in failures] if failures else envelopes
            failures, held = {}, set[UUID]()
            for envelope in left:
                if envelope.aggregate_id in held or loop.time() > until:
                    failures[envelope.id] = ""
                elif failed := await self._to_feed([envelope]):
                    failures |= failed
                    held.add(envelope.aggregate_id)
            if not failures or len(failures) == len(envelopes):
                break
        return failures

    async def close(self) -> None:
        """Have the thread end after the event that it has in hand, and its database session with it.

        A handler that hangs is left behind after CLOSE_SECONDS. What it does not commit is done by the next relay;
        what it holds claimed until then, the next relay cannot take.
        """
        self._closing.set()
        if not await self._thread.close(lambda: connection.close(), seconds=CLOSE_SECONDS):
            log.error("handler_hangs", subscription=self.subscription.name, waited_seconds=CLOSE_SECONDS)

    async def _to_feed(self, envelopes: Sequence[Envelope]) -> Failures:
        assert self.subscription.feed is not None
        try:
            async with asyncio.timeout(FEED_SECONDS):
                await self.subscription.feed(envelopes)
        except Exception as error:  # a subscriber's error is its own; the relay goes on
            log.warning("feed_failed", subscription=self.subscription.name, error=repr(error))
            return {envelope.id: repr(error) for envelope in envelopes}
        return {}

    def _to_handler(self, handler: Handler, envelopes: Sequence[Envelope]) -> Failures:
        failures: Failures = {}
        held: set[UUID] = set()
        for run in _runs(envelopes):
            waiting = {envelope.id: "" for envelope in run if envelope.aggregate_id in held}
            ready = [envelope for envelope in run if envelope.id not in waiting]
            failed = self._together(handler, ready) if ready else {}
            failures |= waiting | failed
            held |= {envelope.aggregate_id for envelope in ready if envelope.id in failed}
        return failures

    def _together(self, handler: Handler, run: Sequence[Envelope]) -> Failures:
        try:
            self._handle(handler, run)
        except Closing:
            return {envelope.id: "" for envelope in run}
        except Exception as error:
            if len(run) == 1:
                return self._failed(handler, run[0], error)
            connection.close_if_unusable_or_obsolete()
            return self._singly(handler, run)
        return {}

    def _singly(self, handler: Handler, run: Sequence[Envelope]) -> Failures:
        failures: Failures = {}
        held: set[UUID] = set()
        for envelope in run:
            if envelope.aggregate_id in held:
                failures[envelope.id] = ""
            elif failed := self._together(handler, [envelope]):
                failures |= failed
                held.add(envelope.aggregate_id)
        return failures

    def _failed(self, handler: Handler, envelope: Envelope, error: Exception) -> Failures:
        log.warning("handler_failed", subscription=self.subscription.name, event_id=str(envelope.id), error=repr(error))
        connection.close_if_unusable_or_obsolete()
        with contextlib.suppress(Exception):  # telling of an error must not make another one
            handler.on_error(envelope, error)
        return {envelope.id: repr(error)}

    def _handle(self, handler: Handler, run: Sequence[Envelope]) -> None:
        """All of a run or nothing of it, in one transaction with the notes that it has happened."""
        with tenancy.enter(run[0].tenant), together():
            claimed = self._claim(run)
            for envelope in run:
                if self._closing.is_set():
                    raise Closing
                if envelope.id in claimed:  # else its effect has happened; only the note of the delivery was lost
                    handler.handle(envelope)

    def _claim(self, run: Sequence[Envelope]) -> set[UUID]:
        """Note that a run happens now, as the transaction's first statement; gives what has not happened before."""
        claim = CLAIM.replace("{schema}", run[0].tenant.schema)
        event_ids = [envelope.id for envelope in run]
        session: Any = connection.connection
        try:
            with psycopg.Cursor(session) as cursor:
                with session.pipeline():  # with its BEGIN in one round trip
                    cursor.execute(
                        claim, {"consumer": self.subscription.name, "event_ids": event_ids, "at": clock.now()}
                    )
                return {event_id for (event_id,) in cursor.fetchall()}
        except psycopg.OperationalError:
            connection.errors_occurred = True  # Django then replaces the session, if it is broken
            raise


def _runs(envelopes: Sequence[Envelope]) -> Iterator[Sequence[Envelope]]:
    """Events in their order, tenant by tenant, at most RUN of one at a time."""
    by_tenant: dict[str, list[Envelope]] = {}
    for envelope in envelopes:
        by_tenant.setdefault(envelope.tenant.schema, []).append(envelope)
    for events in by_tenant.values():
        for start in range(0, len(events), RUN):
            yield events[start : start + RUN]
