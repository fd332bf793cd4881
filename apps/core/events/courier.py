"""One subscription's courier: hands it events, and notes which it has not taken.

A feed takes a batch or fails as a whole. A handler takes event by event, each in one transaction with its
inbox row; after a failure the later events of that aggregate wait and all others go on.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.core import clock, tenancy

from .event import Envelope
from .subscription import Handler, Subscription

log = structlog.get_logger(__name__)

Failures = dict[UUID, str]
"""Event ids that were not taken, with the error; an empty error: it only waited behind another."""

FEED_SECONDS = 60.0  # a feed that hangs longer has failed
SINGLY_SECONDS = 30.0

_CLAIM = """
INSERT INTO core_eventinbox (consumer, event_id, handled_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""


class Courier:
    """Delivers to one subscription. A handler runs in a thread and a database session of its own."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=subscription.name)

    async def deliver(self, envelopes: Sequence[Envelope]) -> Failures:
        """Hand over events, in order; gives those that were not taken."""
        if self.subscription.feed is not None:
            return await self._to_feed(envelopes)
        assert self.subscription.handler is not None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._to_handler, self.subscription.handler, envelopes)

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

    def close(self) -> None:
        """Let the thread finish what it has in hand, and end its database session. Blocks."""
        self._thread.submit(lambda: connection.close())  # resolved there, for each thread has its own
        self._thread.shutdown(wait=True)

    async def _to_feed(self, envelopes: Sequence[Envelope]) -> Failures:
        assert self.subscription.feed is not None
        try:
            await asyncio.wait_for(self.subscription.feed(envelopes), FEED_SECONDS)
        except Exception as error:  # a subscriber's error is its own; the relay goes on
            log.warning("feed_failed", subscription=self.subscription.name, error=repr(error))
            return {envelope.id: repr(error) for envelope in envelopes}
        return {}

    def _to_handler(self, handler: Handler, envelopes: Sequence[Envelope]) -> Failures:
        failures: Failures = {}
        held: set[UUID] = set()
        for envelope in envelopes:
            if envelope.aggregate_id in held:
                failures[envelope.id] = ""
                continue
            try:
                self._handle_once(handler, envelope)
            except Exception as error:  # as above
                log.warning(
                    "handler_failed", subscription=self.subscription.name, event_id=str(envelope.id), error=repr(error)
                )
                failures[envelope.id] = repr(error)
                held.add(envelope.aggregate_id)
                connection.close_if_unusable_or_obsolete()
                with contextlib.suppress(Exception):  # telling of an error must not make another one
                    handler.on_error(envelope, error)
        return failures

    def _handle_once(self, handler: Handler, envelope: Envelope) -> None:
        with tenancy.enter(envelope.tenant), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_CLAIM, [self.subscription.name, envelope.id, clock.now()])
                if not cursor.rowcount:
                    return  # its effect has happened; only the note of the delivery was lost
            handler.handle(envelope)
