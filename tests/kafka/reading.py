"""What a consumer finds in a topic, and what is wrong with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition


def read_topic(client: Mapping[str, Any], topic: str) -> list[Any]:
    """Every record that is in it now: partition by partition, each in its order."""
    with KafkaConsumer(**client, fetch_max_wait_ms=50, enable_auto_commit=False) as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not partitions:
            return []
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        consumer.seek_to_beginning(*partitions)
        found: list[Any] = []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=1000).values():
                found += records
    return sorted(found, key=lambda record: (record.partition, record.offset))


def count_records(client: Mapping[str, Any], topic: str) -> int:
    """How many records a topic has, duplicates included."""
    with KafkaConsumer(**client) as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        return sum(consumer.end_offsets(partitions).values())


def header(record: Any, name: str) -> str:
    """One header's text. Raises KeyError."""
    return str(dict(record.headers)[name].decode())


def sequences(records: Iterable[Any]) -> dict[UUID, list[int]]:
    """By aggregate, the versions as they stand in its partition, duplicates included."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for record in records:
        found[UUID(header(record, "ce_subject"))].append(int(header(record, "ce_sequence")))
    return dict(found)


def flaws(records: Iterable[Any], published: Mapping[UUID, int]) -> list[str]:
    """What a consumer that leaves out what it has had would miss, or get in the wrong order."""
    found = sequences(records)
    wrong = [f"{aggregate} was never published" for aggregate in found.keys() - published.keys()]
    for aggregate, count in published.items():
        first_times = list(dict.fromkeys(found.get(aggregate, [])))
        if first_times != list(range(1, count + 1)):
            wrong.append(f"{aggregate}: {first_times} of {count}")
    return wrong
