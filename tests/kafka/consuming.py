"""The consumer in a thread of the test's own process, on the test's own database and topics."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from apps.core import tenancy
from apps.core.kafka.consume import Consumed
from apps.core.kafka.consume.process import run_consumer
from apps.core.kafka.options import client_options
from apps.core.shared.models import ConsumedOffset
from config.subscriptions import CONSUMED

from .brokers import Broker
from .messages import ends_of

GROUP = "platform"


@contextmanager
def consuming(consumed: Sequence[Consumed] = CONSUMED) -> Iterator[None]:
    """It runs until the end of the block."""
    stop = threading.Event()

    def work() -> None:
        try:
            run_consumer(
                consumed=consumed,
                options=client_options("consumer"),
                group=f"{settings.KAFKA_TOPIC_PREFIX}-{GROUP}",
                prefix=settings.KAFKA_TOPIC_PREFIX,
                session_seconds=6.0,
                stop=stop,
            )
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive(), "the consumer did not stop"


def counted(topic: str) -> tuple[int, int, int]:
    """How many messages of a topic were handled, had been handled before, and are dead."""
    with tenancy.public():
        rows = ConsumedOffset.objects.filter(topic=topic).values_list("handled", "repeated", "dead_lettered")
        found = [sum(column) for column in zip(*rows, strict=True)]
    return (found[0], found[1], found[2]) if found else (0, 0, 0)


def all_is_done(topic: str, count: int) -> bool:
    """Whether so many messages of a topic have been dealt with."""
    return sum(counted(topic)) >= count


def everything_is_read(broker: Broker, topic: str) -> bool:
    """Whether all that is in a topic was dealt with."""
    with tenancy.public():
        reached = dict(ConsumedOffset.objects.filter(topic=topic).values_list("partition", "next_offset"))
    return reached == {part.partition: end for part, end in ends_of(broker, topic).items()}
