"""Kafka beside the relay: a broker for the measurement, and kafka-python sending the same messages alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from bench.load import WrongAnswer
from bench.meter import Meter, Usage
from bench.yard import Yard

_STORED = """
SELECT position, id, current_schema(), aggregate_type, aggregate_id, aggregate_version, type, schema_version,
    occurred_at, data::text, metadata::text FROM {schema}.core_event WHERE type = 'Rung' LIMIT {count}
"""


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """A broker of one node with fresh data; gives its address."""
    from config.launcher.kafka_broker import KafkaBroker

    kafka = KafkaBroker(folder)
    kafka.start()
    try:
        yield kafka.bootstrap_servers
    finally:
        kafka.stop()


def send_alone(yard: Yard, meter: Meter, *, count: int) -> tuple[int, float, Usage, float]:
    """Messages made beforehand, acks=all, idempotent, all thrown at one producer and flushed once.

    No waves, no order after a failure, no database: how many, seconds, usage, own CPU.
    """
    from kafka import KafkaProducer

    from apps.core import tenancy
    from apps.core.events.rows import envelope
    from apps.core.kafka.message import message
    from apps.core.kafka.options import client_options

    messages = []
    with yard.connect_inside() as owner:
        for lot in yard.lots:
            tenant = tenancy.directory().by_id(UUID(lot.tenant_id))
            assert tenant is not None
            rows = owner.execute(_STORED.format(schema=lot.schema, count=count // len(yard.lots))).fetchall()
            messages += [message(envelope(row, tenant)) for row in rows]
    producer = KafkaProducer(**client_options("yardstick"), acks="all", enable_idempotence=True, linger_ms=5)
    began, own = time.perf_counter(), time.process_time()
    with meter.measuring() as used:
        sent = [producer.send(each.topic, key=each.key, value=each.value, headers=each.headers) for each in messages]
        producer.flush()
    took, own = time.perf_counter() - began, time.process_time() - own
    if not all(future.succeeded() for future in sent):
        raise WrongAnswer("the producer alone lost messages")
    producer.close()
    return len(messages), took, used, own
