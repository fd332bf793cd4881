"""The subscription `kafka`: every event goes to the topic of its context."""

import asyncio
import threading
from collections.abc import Sequence

from apps.core.events import Envelope
from apps.core.events.document import list_events
from apps.core.events.subscription import Subscription

from .message import message
from .publisher import Publisher


class KafkaFeed:
    """A feed that has done its work when Kafka has acknowledged the whole batch."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        """Send a batch. Raises BrokerAway, KafkaError, and UnknownEvent for what newer code wrote."""
        given_up = threading.Event()
        try:
            await asyncio.to_thread(self._send, envelopes, given_up)
        except asyncio.CancelledError:
            given_up.set()
            self._publisher.discard(wait=False)
            raise

    def _send(self, envelopes: Sequence[Envelope], given_up: threading.Event) -> None:
        self._publisher.send([message(event) for event in envelopes], given_up=given_up)


publish_to_kafka = KafkaFeed(Publisher())


def kafka_subscription() -> Subscription:
    """Every event class of the installed contexts. Replaying tells Kafka the stored events once more."""
    return Subscription(name="kafka", events=tuple(list_events()), feed=publish_to_kafka, replayable=True)
