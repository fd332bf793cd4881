"""The consumer: joins its group, works messages off, and joins anew whenever it has lost its way to Kafka."""

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.db import connection
from kafka import KafkaConsumer

from apps.core.kafka.topics import ensure_topics

from .consumed import Consumed, dead_letter_topic
from .dead_letters import DeadLetters
from .partitions import Assignments
from .session import Session
from .troubles import AWAY_SECONDS

log = structlog.get_logger(__name__)

_CLOSE_MS = 5000
# Nothing is committed to Kafka: where to read on is in the database, and "earliest" only bridges the moment before that
# has been looked up, always to before the right place and never behind it.
_OPTIONS = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "fetch_max_wait_ms": 250,
    "metadata_max_age_ms": 10_000,  # a new topic, or new partitions of one, are noticed after so long
    "metrics_enabled": False,
}


def run_consumer(
    *,
    consumed: Sequence[Consumed],
    options: Mapping[str, Any],
    group: str,
    prefix: str,
    session_seconds: float,
    stop: threading.Event,
) -> None:
    """Handle messages until `stop` is set. Outlives a lost database, a lost Kafka and whatever a message may hold.

    `session_seconds` is how long a consumer that no longer answers keeps its partitions.
    """
    declared = {(each.address(prefix=prefix), each.type): each for each in consumed}
    topics = sorted({topic for topic, _ in declared})
    tries = 0
    while not stop.is_set():
        try:
            ensure_topics([*(t for t in topics if t.startswith(f"{prefix}.")), *map(dead_letter_topic, topics)])
            with _membership(topics, options, group, session_seconds) as (consumer, assignments, dead):
                session = Session(consumer=consumer, assignments=assignments, dead=dead, declared=declared, group=group)
                while not stop.is_set():
                    session.turn(stop.is_set)
                    tries = 0
        except Exception as error:  # what is away comes back; what was not handled is still in its topic
            pause = AWAY_SECONDS[min(tries, len(AWAY_SECONDS) - 1)]
            tries += 1
            log.warning("consumer_interrupted", error=repr(error), retry_in_seconds=pause)
            stop.wait(pause)
        finally:
            connection.close()


@contextlib.contextmanager
def _membership(
    topics: Sequence[str], options: Mapping[str, Any], group: str, session_seconds: float
) -> Iterator[tuple[KafkaConsumer, Assignments, DeadLetters]]:
    session_ms = int(session_seconds * 1000)
    times = {"session_timeout_ms": session_ms, "heartbeat_interval_ms": session_ms // 4}
    assignments, dead = Assignments(), DeadLetters(options)
    consumer = KafkaConsumer(**{**options, **_OPTIONS, **times, "group_id": group})
    try:
        consumer.subscribe(topics, listener=assignments)
        yield consumer, assignments, dead
    finally:
        dead.close()
        consumer.close(timeout_ms=_CLOSE_MS)
