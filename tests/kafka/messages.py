"""Messages as another system sends them, and what became of those that nothing could be done with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from apps.core import clock
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef

from .brokers import Broker

Headers = dict[str, bytes]


@dataclass(frozen=True)
class Message:
    """What goes into a topic."""

    key: bytes | None
    value: bytes | None
    headers: Headers = field(default_factory=dict)
    partition: int | None = None

    def having(self, **headers: str | None) -> "Message":
        """The same with other headers; None leaves one out."""
        changed = {**self.headers, **{name: text.encode() for name, text in headers.items() if text is not None}}
        return replace(self, headers={name: changed[name] for name in changed if headers.get(name, "") is not None})

    def told(self, text: bytes) -> "Message":
        """The same with another value."""
        return replace(self, value=text)


def message(
    tenant: TenantRef, kind: str, body: dict[str, Any], *, subject: str, partition: int | None = None, **headers: str
) -> Message:
    """A CloudEvent in binary mode, as docs/asyncapi.yaml describes it."""
    given = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(new_id()),
        "ce_type": kind,
        "ce_source": "/gates/north",
        "ce_time": clock.now().isoformat(),
        "ce_subject": subject,
        "ce_tenantid": str(tenant.id),
        **headers,
    }
    return Message(
        key=f"{tenant.id}:{subject}".encode(),
        value=json.dumps(body).encode(),
        headers={name: text.encode() for name, text in given.items()},
        partition=partition,
    )


def entry_of(
    tenant: TenantRef, yard: UUID, plate: str, *, partition: int | None = None, id: str = "", **more: Any
) -> Message:
    """The command to record an entry."""
    body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(yard), **more}
    named = {"ce_id": id} if id else {}
    return message(tenant, "RecordVehicleEntry", body, subject=plate, partition=partition, **named)


def exit_of(tenant: TenantRef, plate: str, *, partition: int | None = None, **more: Any) -> Message:
    """The command to record an exit."""
    return message(tenant, "RecordVehicleExit", {"vehicleNumber": plate, **more}, subject=plate, partition=partition)


def send(broker: Broker, topic: str, messages: Sequence[Message]) -> None:
    """Produce them in this order, and return when all are there."""
    producer = KafkaProducer(**broker.client, acks="all")
    try:
        send_by(producer, topic, messages)
    finally:
        producer.close()


def send_by(producer: KafkaProducer, topic: str, messages: Sequence[Message]) -> None:
    """The same by a producer that is there. Raises KafkaError."""
    sent = [
        producer.send(topic, key=m.key, value=m.value, headers=list(m.headers.items()), partition=m.partition)
        for m in messages
    ]
    for each in sent:
        each.get(timeout=30)


def read_all(broker: Broker, topic: str) -> list[Message]:
    """Everything in a topic, each partition in its order."""
    consumer = KafkaConsumer(**broker.client, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not parts:
            return []
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends, found = consumer.end_offsets(parts), []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500).values():
                found += [Message(r.key, r.value, dict(r.headers), r.partition) for r in records]
        return found
    finally:
        consumer.close()


def ends_of(broker: Broker, topic: str) -> dict[TopicPartition, int]:
    """Where each partition of a topic ends."""
    consumer = KafkaConsumer(**broker.client, enable_auto_commit=False)
    try:
        parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        return dict(consumer.end_offsets(parts)) if parts else {}
    finally:
        consumer.close()
