"""What the measured relay delivers to: it notes in a file when each event came."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from apps.core.events import DomainEvent, Envelope
from apps.core.events.subscription import Subscription


class Rung(DomainEvent, frozen=True, kw_only=True):
    """A bell was rung: an event of the size of an entry's."""

    aggregate_type: ClassVar[str] = "bell"
    plate: str = "MH 12 AB 1234"
    remark: str = "x" * 300


class Ear:
    """A handler whose effect is its inbox row alone."""

    def __init__(self, path: Path) -> None:
        self._notes = path.open("a", buffering=1)

    def handle(self, envelope: Envelope) -> None:
        self._notes.write(f"{envelope.id} {time.time()}\n")

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        self._notes.write(f"{envelope.id} failed\n")


class Feed:
    """A feed that notes."""

    def __init__(self, path: Path) -> None:
        self._notes = path.open("a", buffering=1 << 16)

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        now = time.time()
        self._notes.write("".join(f"{envelope.id} {now}\n" for envelope in envelopes))
        self._notes.flush()


class ToKafka(Feed):
    """The platform's own feed to Kafka; noted when all of a batch is acknowledged."""

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        from apps.core.kafka.feed import publish_to_kafka

        await publish_to_kafka(envelopes)
        await super().__call__(envelopes)


_NOTES = Path(os.environ["BENCH_NOTES"])
_KINDS = {
    "feed": lambda: Subscription(name="feed", events=(Rung,), feed=Feed(_NOTES)),
    "handler": lambda: Subscription(name="handler", events=(Rung,), handler=Ear(_NOTES)),
    "kafka": lambda: Subscription(name="kafka", events=(Rung,), feed=ToKafka(_NOTES)),
}
SUBSCRIPTIONS = [_KINDS[os.environ["BENCH_KIND"]]()]
