"""Sending to Kafka by producers that are thrown away at the first doubt (ADR 0008).

A producer of kafka-python that has lost a batch goes on with the next one of that partition, by itself. So no partition
ever has a second batch that could overtake: messages go out in waves, at most one batch for each partition, and a wave
begins when the one before it is acknowledged. After any failure the producer is closed without sending anything more.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import IllegalStateError, KafkaError, KafkaTimeoutError
from kafka.partitioner.default import murmur2

from .message import Message
from .options import REQUEST_SECONDS, client_options
from .reachable import require_broker
from .topics import ensure_topics

log = structlog.get_logger(__name__)

BATCH_BYTES = 512 * 1024
_BATCH_HEADER_BYTES = 61
ACK_SECONDS = 20.0  # what is not acknowledged by then has failed; well within the time that a feed has
_JOIN_SECONDS = 5.0

Place = tuple[str, int]
"""A topic and the number of a partition."""


class Publisher:
    """Sends messages and waits until Kafka has all of them. Makes a producer when it needs one, after any fork."""

    def __init__(self, *, ack_seconds: float = ACK_SECONDS) -> None:
        self._ack_seconds = ack_seconds
        self._producer: Any = None
        self._partitions: dict[str, int] = {}
        self._one_at_a_time = threading.Lock()

    def send(self, messages: Sequence[Message], *, given_up: threading.Event) -> None:
        """Return when all in-sync replicas have all of them, in order for each key. Blocks; stops when `given_up`.

        Raises BrokerAway, KafkaError: then some may have arrived, and none of them will any more once it is raised,
        but for what was on the wire already.
        """
        with self._one_at_a_time:
            try:
                self._connect({message.topic for message in messages})
                for wave in self._waves(messages):
                    if given_up.is_set():
                        raise KafkaTimeoutError("given up")
                    self._send_wave(wave)
            except BaseException:
                self.discard()
                raise

    def discard(self, *, wait: bool = True) -> None:
        """Throw the producer away with all that it has not yet sent. Whoever waits for it is told so.

        Without `wait` that goes on in a thread, for callers that may not block.
        """
        producer, self._producer = self._producer, None
        self._partitions = {}
        if producer is None:
            return
        if wait:
            _close(producer)
        else:
            threading.Thread(target=_close, args=[producer], daemon=True).start()

    def _connect(self, topics: set[str]) -> None:
        if self._producer is None:
            require_broker()
            self._producer = KafkaProducer(**_options(self._ack_seconds))
        if new := topics - self._partitions.keys():
            ensure_topics(new)
            for topic in new:
                self._partitions[topic] = len(self._producer.partitions_for(topic))

    def _waves(self, messages: Sequence[Message]) -> Iterator[list[tuple[int, Message]]]:
        """In order, cut where a partition would get a second batch. A message larger than a batch is one by itself."""
        wave: list[tuple[int, Message]] = []
        sizes: dict[Place, int] = {}
        for message in messages:
            partition = _partition(message.key, self._partitions[message.topic])
            place, size = (message.topic, partition), message.most_bytes
            if place in sizes and sizes[place] + size > BATCH_BYTES:
                yield wave
                wave, sizes = [], {}
            sizes[place] = sizes.get(place, _BATCH_HEADER_BYTES) + size
            wave.append((partition, message))
        if wave:
            yield wave

    def _send_wave(self, wave: Sequence[tuple[int, Message]]) -> None:
        producer = self._producer
        if producer is None:
            raise IllegalStateError("the producer was thrown away meanwhile")
        sent = [
            producer.send(each.topic, key=each.key, value=each.value, headers=each.headers, partition=partition)
            for partition, each in wave
        ]
        producer.flush(timeout=self._ack_seconds)
        for future in sent:
            if not future.succeeded():
                raise future.exception or KafkaTimeoutError("not acknowledged in time")


def _close(producer: Any) -> None:
    # KafkaProducer.close() by itself would flush first, and so send what must not be sent any more.
    producer._sender.force_close()
    producer._sender.join(_JOIN_SECONDS)
    with contextlib.suppress(KafkaError):
        producer.close(timeout=0)


def _options(ack_seconds: float) -> dict[str, Any]:
    """`linger_ms` keeps a batch back until the whole wave is in it; flushing then sends it at once."""
    request_seconds = min(REQUEST_SECONDS, ack_seconds / 2)
    return {
        **client_options("relay"),
        "acks": "all",
        "enable_idempotence": True,
        "allow_auto_create_topics": False,
        "batch_size": BATCH_BYTES,
        "max_request_size": 8 * BATCH_BYTES,
        "linger_ms": int((ack_seconds - request_seconds) * 1000),
        "request_timeout_ms": int(request_seconds * 1000),
        "bootstrap_timeout_ms": int(request_seconds * 1000),
        "delivery_timeout_ms": int(ack_seconds * 1000),
        "max_block_ms": int(ack_seconds * 1000),
        "metrics_enabled": False,
    }


def _partition(key: bytes, count: int) -> int:
    """Where Java's clients and ours put a key by default."""
    return int((murmur2(key) & 0x7FFFFFFF) % count)
