"""A topic that no longer has what comes next: it is told of, and reading goes on at what there is."""

from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition

from apps.core import clock, tenancy
from apps.core.kafka.consume import offsets
from apps.core.kafka.consume.offsets import Place
from apps.core.shared.models import ConsumedOffset
from tests.events.relays import wait_for

from . import taken
from .brokers import Broker
from .consuming import GROUP, all_is_done, consuming, counted
from .messages import message, send

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def topic(real_broker: Broker, prefix: str, settings: Any, acme: Any) -> str:
    settings.KAFKA_CLIENT, settings.KAFKA_TOPIC_PREFIX = real_broker.client, prefix
    name = f"{prefix}.readings.v1"
    real_broker.make_topic(name, partitions=1)
    taken.make_tables(acme.schema)
    return name


def readings(tenant, *numbers):
    return [message(tenant, "Reading", {"number": number}, subject="meter", partition=0) for number in numbers]


def told(caplog, what):
    return [record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == what]


def effects_of(tenant):
    with tenancy.enter(tenant):
        return [number for _, number in taken.effects()]


def test_messages_that_expired_unread_are_counted_in_the_log(real_broker, topic, acme, caplog):
    send(real_broker, topic, readings(acme, 1))
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 1))
    send(real_broker, topic, readings(acme, 2, 3, 4))
    admin = KafkaAdminClient(**real_broker.client)
    admin.delete_records({TopicPartition(topic, 0): 3})
    admin.close()
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 2))
    assert effects_of(acme) == [1, 4]
    (line,) = told(caplog, "messages_expired_unread")
    assert (line["topic"], line["partition"], line["count"]) == (topic, 0, 2)


def test_a_topic_that_is_shorter_is_read_from_its_beginning_and_nothing_happens_twice(
    real_broker, topic, acme, prefix, caplog
):
    first, second = readings(acme, 1, 2)
    send(real_broker, topic, [first])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 1))
    with tenancy.public():  # it had a hundred messages, and was made anew with those two
        ConsumedOffset.objects.filter(topic=topic).update(next_offset=100)
    send(real_broker, topic, [second])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 3))
    assert effects_of(acme) == [1, 2]
    assert counted(topic) == (2, 1, 0)
    (line,) = told(caplog, "topic_is_shorter")
    assert (line["topic"], line["offset"], line["end"]) == (topic, 100, 2)
    with tenancy.public():
        place = Place(group=f"{prefix}-{GROUP}", topic=topic, partition=0)
        assert offsets.begin(place, first=0, end=2, at=clock.now()) == 2
