"""The broker itself: what the other tests stand on."""

from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from config.launcher.kafka_broker import KafkaBroker
from tests.kafka.brokers import Broker


def test_what_is_sent_is_read(broker: Broker, prefix: str) -> None:
    broker.make_topic(f"{prefix}.x")
    with KafkaProducer(**broker.client) as producer:
        producer.send(f"{prefix}.x", b"told", key=b"k", partition=0).get(20)
    assert _read(broker.client, f"{prefix}.x") == [b"told"]


def test_what_was_acknowledged_outlives_a_kill(own_broker: KafkaBroker, tmp_path: Path) -> None:
    address = Broker(own_broker.bootstrap_servers, is_real=True)
    address.make_topic("x", partitions=1)
    with KafkaProducer(**address.client) as producer:
        producer.send("x", b"told").get(20)
        own_broker.kill()
        assert not own_broker.answers()
    own_broker.start()
    assert _read(address.client, "x") == [b"told"]


def _read(client: dict[str, object], topic: str) -> list[bytes]:
    partition = TopicPartition(topic, 0)
    with KafkaConsumer(**client, auto_offset_reset="earliest", fetch_max_wait_ms=50) as consumer:
        consumer.assign([partition])
        found = consumer.poll(timeout_ms=20_000)
    return [record.value for record in found[partition]]
