"""Messages that nothing can be done with: sent on as they came, with why and from where, and acknowledged."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from .consumed import dead_letter_topic
from .records import Record
from .troubles import Trouble

log = structlog.get_logger(__name__)

PREFIX = "dlq_"
ACK_SECONDS = 5.0  # while it waits for one, the consumer does nothing else
_PRODUCER = {
    "acks": "all",
    "enable_idempotence": True,
    "max_request_size": 16_000_000,  # how large a message may be is for the broker to say
    "max_block_ms": int(ACK_SECONDS * 1000),
    "delivery_timeout_ms": int(ACK_SECONDS * 1000),
    "request_timeout_ms": int(ACK_SECONDS * 800),
    "metrics_enabled": False,
}


class DeadLetters:
    """Sends dead letters. Its producer is thrown away after any error, for it may not recover by itself."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._producer: KafkaProducer | None = None

    def send(self, record: Record, trouble: Trouble, *, attempts: int, at: datetime) -> None:
        """Send one and wait for its acknowledgement; raises KafkaError without. It may have arrived nevertheless."""
        headers = _headers(record, trouble, attempts=attempts, at=at)
        try:
            try:
                self._send(record, record.value, headers)
            except MessageSizeTooLargeError:  # with what it says now it is larger than it was
                self.close()
                self._send(record, None, [*headers, (f"{PREFIX}omitted", b"value")])
        except KafkaError:
            self.close()
            raise
        log.warning(
            "message_dead_lettered",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            code=trouble.code,
            detail=trouble.detail,
            attempts=attempts,
        )

    def close(self) -> None:
        """Let go of the producer, and of what it has not sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer._sender.force_close()  # close() would first wait for what is still to be sent
            with contextlib.suppress(KafkaError):
                producer.close(timeout=0)

    def _send(self, record: Record, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        if self._producer is None:
            self._producer = KafkaProducer(**{**self._options, **_PRODUCER})
        sent = self._producer.send(dead_letter_topic(record.topic), key=record.key, value=value, headers=headers)
        sent.get(timeout=ACK_SECONDS)


def _headers(record: Record, trouble: Trouble, *, attempts: int, at: datetime) -> list[tuple[str, bytes]]:
    """Its own, without those of an earlier death, and why it is dead now."""
    told = {
        "error": trouble.code,
        "detail": trouble.detail,
        "attempts": attempts,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "at": at.isoformat().replace("+00:00", "Z"),
    }
    kept = [(name, value) for name, value in record.headers if not name.startswith(PREFIX)]
    return [*kept, *((f"{PREFIX}{name}", str(value).encode()) for name, value in told.items())]
