"""A batch is with Kafka when the feed returns: whole, in order, and never overtaken by a part of itself."""

import asyncio

import pytest
from django.test import override_settings
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError

from apps.core.events import Envelope
from apps.core.events.event import UnknownEvent
from apps.core.events.publish import LARGEST_BYTES
from apps.core.ids import new_id
from apps.core.kafka.feed import KafkaFeed
from apps.core.kafka.message import message
from apps.core.kafka.publisher import BATCH_BYTES, Publisher
from apps.core.kafka.reachable import BrokerAway
from apps.core.tenancy import TenantRef
from config.launcher.kafka_broker import KafkaBroker
from tests.kafka.brokers import Broker
from tests.kafka.events import envelope
from tests.kafka.reading import flaws, read_topic, sequences
from tests.serving import free_port


def test_a_batch_of_many_aggregates_arrives_in_order(
    kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef, globex: TenantRef
) -> None:
    clocks = [new_id() for _ in range(30)]
    batch = [envelope(tenant, each, n) for n in range(1, 21) for tenant in (acme,) for each in clocks]
    asyncio.run(feed(batch[:300]))
    asyncio.run(feed(batch[300:]))
    assert sequences(read_topic(kafka.client, f"{prefix}.kafka.v1")) == {each: list(range(1, 21)) for each in clocks}


def test_more_than_a_batch_for_one_key_stays_in_order(
    kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef
) -> None:
    clock, sound = new_id(), "x" * (BATCH_BYTES // 10)
    asyncio.run(feed([envelope(acme, clock, n, sound=sound) for n in range(1, 41)]))
    assert sequences(read_topic(kafka.client, f"{prefix}.kafka.v1")) == {clock: list(range(1, 41))}


def test_the_largest_event_passes_between_small_ones(
    kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef
) -> None:
    clock, sound = new_id(), "x" * (LARGEST_BYTES - 40)
    asyncio.run(feed([envelope(acme, clock, n, sound=sound if n == 2 else "") for n in (1, 2, 3)]))
    assert sequences(read_topic(kafka.client, f"{prefix}.kafka.v1")) == {clock: [1, 2, 3]}


def test_what_newer_code_wrote_fails_before_anything_is_sent(
    kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef
) -> None:
    clock = new_id()
    asyncio.run(feed([envelope(acme, clock, 1)]))
    for changed in ({"schema_version": 99}, {"type": "Boomed"}):
        with pytest.raises(UnknownEvent):
            asyncio.run(feed([envelope(acme, clock, 2), envelope(acme, clock, 3, **changed)]))
    assert sequences(read_topic(kafka.client, f"{prefix}.kafka.v1")) == {clock: [1]}


def test_nobody_there_is_said_at_once(feed: KafkaFeed, acme: TenantRef) -> None:
    nobody = {"bootstrap_servers": [f"127.0.0.1:{free_port()}"]}
    with override_settings(KAFKA_CLIENT=nobody), pytest.raises(BrokerAway):
        asyncio.run(feed([envelope(acme, new_id(), 1)]))


@pytest.fixture
def narrow(real_broker: Broker, kafka: Broker, prefix: str) -> str:
    """A topic of one partition that takes batches of 4 kB at most."""
    admin = KafkaAdminClient(**kafka.client)
    topic = f"{prefix}.kafka.v1"
    admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "4096"})])
    admin.close()
    return topic


def test_nothing_overtakes_what_was_refused(narrow: str, kafka: Broker, feed: KafkaFeed, acme: TenantRef) -> None:
    clock = new_id()
    with pytest.raises(KafkaError):
        asyncio.run(feed([envelope(acme, clock, 1, sound="x" * 5000), envelope(acme, clock, 2)]))
    assert read_topic(kafka.client, narrow) == []
    asyncio.run(feed([envelope(acme, clock, 2)]))  # the producer that comes after it works
    assert sequences(read_topic(kafka.client, narrow)) == {clock: [2]}


def test_a_missing_topic_is_made_as_the_settings_say(
    real_broker: Broker, kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef
) -> None:
    with override_settings(KAFKA_PARTITIONS=3, KAFKA_RETENTION_HOURS=5):
        asyncio.run(feed([envelope(acme, new_id(), 1)]))
    assert partitions_and_retention(kafka, f"{prefix}.kafka.v1") == (3, "18000000")


def test_a_topic_that_is_there_keeps_its_shape(
    real_broker: Broker, kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef
) -> None:
    kafka.make_topic(f"{prefix}.kafka.v1", partitions=2)
    with override_settings(KAFKA_PARTITIONS=3, KAFKA_RETENTION_HOURS=5):
        asyncio.run(feed([envelope(acme, new_id(), 1)]))
    assert partitions_and_retention(kafka, f"{prefix}.kafka.v1") == (2, None)


def test_a_topic_that_was_deleted_is_made_again(
    real_broker: Broker, kafka: Broker, prefix: str, acme: TenantRef
) -> None:
    topic, clock, publisher = f"{prefix}.kafka.v1", new_id(), Publisher(ack_seconds=10.0)
    feed = KafkaFeed(publisher)
    asyncio.run(feed([envelope(acme, clock, 1)]))
    admin = KafkaAdminClient(**kafka.client)
    admin.delete_topics([topic])
    admin.close()
    refused = next(n for n in range(2, 1000) if is_refused(feed, envelope(acme, clock, n)))
    asyncio.run(feed([envelope(acme, clock, refused)]))
    publisher.discard()
    assert sequences(read_topic(kafka.client, topic)) == {clock: [refused]}


def is_refused(feed: KafkaFeed, event: Envelope) -> bool:
    """A broker takes what comes for a deleted topic until it has heard of the deletion itself."""
    try:
        asyncio.run(feed([event]))
    except KafkaError:
        return True
    return False


def test_nothing_of_what_was_given_up_is_sent_any_more(own_broker: KafkaBroker, prefix: str, acme: TenantRef) -> None:
    address = Broker(own_broker.bootstrap_servers, is_real=True)
    with override_settings(KAFKA_CLIENT=address.client, KAFKA_TOPIC_PREFIX=prefix):
        publisher, clock, topic = Publisher(ack_seconds=60.0), new_id(), f"{prefix}.kafka.v1"
        feed = KafkaFeed(publisher)
        control = envelope(acme, new_id(), 1)

        async def outage() -> None:
            await feed([envelope(acme, clock, 1)])
            naive = KafkaProducer(**address.client)
            naive.partitions_for(topic)
            own_broker.kill()
            with pytest.raises(TimeoutError):  # as the relay does with a feed that hangs
                await asyncio.wait_for(feed([envelope(acme, clock, 2)]), 1.0)
            unsent = naive.send(topic, key=b"k", value=message(control).value, headers=message(control).headers)
            with pytest.raises(KafkaError):
                unsent.get(timeout=1)  # given up by its caller, but not by the producer
            own_broker.start()  # in the loop's own thread: what was given up has a thread of its own to go on in
            unsent.get(timeout=60)
            naive.close()

        asyncio.run(outage())  # ends when that thread has
        assert sequences(read_topic(address.client, topic)) == {clock: [1], control.aggregate_id: [1]}
        asyncio.run(feed([envelope(acme, clock, 2), envelope(acme, clock, 3)]))
        publisher.discard()
        assert sequences(read_topic(address.client, topic))[clock] == [1, 2, 3]


def test_what_was_on_the_wire_comes_late_and_repeats_what_is_there(
    own_broker: KafkaBroker, prefix: str, acme: TenantRef
) -> None:
    address = Broker(own_broker.bootstrap_servers, is_real=True)
    with override_settings(KAFKA_CLIENT=address.client, KAFKA_TOPIC_PREFIX=prefix):
        publisher, clock = Publisher(ack_seconds=10.0), new_id()
        feed = KafkaFeed(publisher)
        asyncio.run(feed([envelope(acme, clock, 1)]))
        second = envelope(acme, clock, 2)
        own_broker.suspend()
        try:
            with pytest.raises(KafkaError):
                asyncio.run(feed([second]))
        finally:
            own_broker.resume()
        asyncio.run(feed([second, envelope(acme, clock, 3)]))
        publisher.discard()
        found = read_topic(address.client, f"{prefix}.kafka.v1")
    assert flaws(found, {clock: 3}) == []
    assert len({dict(record.headers)["ce_id"] for record in found}) == 3


def partitions_and_retention(broker: Broker, topic: str) -> tuple[int, str | None]:
    """The retention in milliseconds; None where it is the broker's own."""
    admin = KafkaAdminClient(**broker.client)
    try:
        (described,) = admin.describe_topics([topic])
        (configured,) = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]).values()
    finally:
        admin.close()
    return len(described["partitions"]), configured[topic].get("retention.ms", {}).get("value")
