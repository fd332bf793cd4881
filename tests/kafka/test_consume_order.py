"""What a failing message holds up and what not; who may move the offset; and that letters come before offsets."""

import threading
from typing import Any

import pytest
from django.db import connection
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from apps.core import clock, tenancy
from apps.core.kafka.consume import offsets
from apps.core.kafka.consume.consumed import dead_letter_topic
from apps.core.kafka.consume.offsets import OffsetMoved, Place
from apps.core.shared.models import ConsumedOffset
from tests import databases
from tests.events.relays import wait_for
from tests.races.rivals import at_once

from . import taken
from .brokers import Broker
from .consuming import all_is_done, consuming, counted, everything_is_read
from .messages import Message, message, read_all, send

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def topic(real_broker: Broker, prefix: str, settings: Any, acme: Any) -> str:
    settings.KAFKA_CLIENT, settings.KAFKA_TOPIC_PREFIX = real_broker.client, prefix
    name = f"{prefix}.readings.v1"
    real_broker.make_topic(name, partitions=2)
    taken.make_tables(acme.schema)
    taken.tried.clear()
    return name


def reading(tenant: Any, number: int, trouble: str = "", times: int = 1, *, partition: int = 0, **body: Any) -> Message:
    body = {"number": number, **({"trouble": trouble, "times": times} if trouble else {}), **body}
    return message(tenant, "Reading", body, subject=f"meter-{partition}", partition=partition)


def make_letters(broker: Broker, name: str, config: dict[str, str]) -> KafkaAdminClient:
    """A topic of dead letters with settings of its own, and who made it."""
    admin = KafkaAdminClient(**broker.client)
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=config)])
    return admin


def happened(tenant: Any) -> list[tuple[str, int]]:
    with tenancy.enter(tenant):
        return taken.effects()


@pytest.mark.parametrize("trouble", ["away", "busy", "broken"])
def test_a_message_that_is_tried_again_is_not_overtaken(real_broker, topic, acme, trouble):
    """It happens after three failed tries, of which nothing stays; another partition goes on meanwhile."""
    send(real_broker, topic, [reading(acme, 1, trouble, 3), *(reading(acme, n) for n in (2, 3))])
    send(real_broker, topic, [reading(acme, 1, partition=1)])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 4))
    assert happened(acme) == [("meter-1", 1), ("meter-0", 1), ("meter-0", 2), ("meter-0", 3)]
    assert counted(topic) == (4, 0, 0)
    assert read_all(real_broker, dead_letter_topic(topic)) == []


@pytest.mark.parametrize(("trouble", "error"), [("busy", "busy"), ("broken", "failed")])
def test_what_never_goes_well_dies_after_five_tries(real_broker, topic, acme, trouble, error):
    send(real_broker, topic, [reading(acme, 1, trouble, 99), reading(acme, 2)])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 2))
    (letter,) = read_all(real_broker, dead_letter_topic(topic))
    assert (letter.headers["dlq_error"], letter.headers["dlq_attempts"]) == (error.encode(), b"5")
    assert happened(acme) == [("meter-0", 2)]


def test_a_refusal_dies_at_once_and_a_wrong_tenant_in_the_body_too(real_broker, topic, acme, globex):
    other = reading(acme, 2, tenantId=str(globex.id))
    send(real_broker, topic, [reading(acme, 1, "refused", 99), other, reading(acme, 3, tenantId=str(acme.id))])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 3))
    letters = read_all(real_broker, dead_letter_topic(topic))
    assert [letter.headers["dlq_error"] for letter in letters] == [b"not_wanted", b"tenant_mismatch"]
    assert {letter.headers["dlq_attempts"] for letter in letters} == {b"1"}
    assert happened(acme) == [("meter-0", 3)]


def test_the_offset_waits_until_the_letter_is_acknowledged(real_broker, topic, acme):
    """Its topic takes nothing as large as a letter, even without its value: so its partition waits."""
    letters = dead_letter_topic(topic)
    admin = make_letters(real_broker, letters, {"max.message.bytes": "100"})
    send(real_broker, topic, [reading(acme, 1, "refused", 99), reading(acme, 2), reading(acme, 1, partition=1)])
    with consuming(taken.READINGS):
        wait_for(lambda: counted(topic) == (1, 0, 0))  # the other partition's
        wait_for(lambda: taken.tried.total() >= 3)
        assert counted(topic) == (1, 0, 0)
        assert read_all(real_broker, letters) == []
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, letters, {"max.message.bytes": "100000"})])
        wait_for(lambda: all_is_done(topic, 3))
    admin.close()
    assert counted(topic) == (2, 0, 1)
    assert {letter.headers["dlq_offset"] for letter in read_all(real_broker, letters)} == {b"0"}
    assert happened(acme) == [("meter-1", 1), ("meter-0", 2)]


def test_a_letter_that_is_too_large_goes_without_its_value(real_broker, topic, acme):
    letters = dead_letter_topic(topic)
    make_letters(real_broker, letters, {"max.message.bytes": "2000"}).close()
    large = reading(acme, 1, "refused", 99, x="x" * 3000)
    send(real_broker, topic, [large, reading(acme, 2)])
    with consuming(taken.READINGS):
        wait_for(lambda: all_is_done(topic, 2))
    (letter,) = read_all(real_broker, dead_letter_topic(topic))
    assert letter.value is None
    assert letter.headers["dlq_omitted"] == b"value"
    assert letter.key == large.key
    assert happened(acme) == [("meter-0", 2)]


def test_two_consumers_share_the_partitions(real_broker, topic, acme):
    with consuming(taken.READINGS), consuming(taken.READINGS):
        for number in range(1, 41):
            send(real_broker, topic, [reading(acme, number, partition=p) for p in (0, 1)])
        wait_for(lambda: everything_is_read(real_broker, topic))
    assert counted(topic) == (80, 0, 0)
    for partition in (0, 1):
        assert [n for subject, n in happened(acme) if subject == f"meter-{partition}"] == list(range(1, 41))


# -- a consumer that has lost its partition and does not know it

PLACE = Place(group="g", topic="t", partition=0)
_UNGUARDED = "UPDATE public.core_shared_consumedoffset SET next_offset = %s WHERE topic = 't'"


def next_offset() -> int:
    with tenancy.public():
        return ConsumedOffset.objects.get(topic="t").next_offset


def begin() -> None:
    with tenancy.public():
        assert offsets.begin(PLACE, first=5, end=9, at=clock.now()) == 5


def test_control_without_the_guard_a_zombie_moves_the_offset_back():
    begin()
    with tenancy.public(), connection.cursor() as cursor:
        for following in (6, 7, 8, 6):  # the last is the zombie's, which has just handled 5 again
            cursor.execute(_UNGUARDED, [following])
    assert next_offset() == 6


def test_a_zombie_moves_nothing():
    begin()
    with tenancy.public():
        for offset in (5, 6, 7):
            offsets.move(PLACE, expected=offset, following=offset + 1, at=clock.now())
        with pytest.raises(OffsetMoved):
            offsets.move(PLACE, expected=5, following=6, at=clock.now())
        assert offsets.begin(PLACE, first=0, end=9, at=clock.now()) == 8
    row = ConsumedOffset.objects
    with tenancy.public():
        assert row.get(topic="t").handled == 3


def test_of_two_that_handle_the_same_message_one_moves_the_offset(acme):
    begin()

    def move() -> None:
        offsets.move(PLACE, expected=5, following=6, at=clock.now())

    outcomes = at_once(acme, *[move] * 6)
    assert sum(isinstance(outcome, OffsetMoved) for outcome in outcomes) == 5
    assert outcomes.count(None) == 1
    assert next_offset() == 6


def test_a_consumer_that_was_overtaken_reads_on_from_where_the_other_is(real_broker, topic, acme):
    """When it comes to the second message another one has handled that; its own try leaves nothing."""
    send(real_broker, topic, [reading(acme, number) for number in (1, 2, 3)])
    taken.go_on.clear()
    other = threading.Thread(target=move_ahead_as_another_would, args=[acme, topic])
    try:
        with consuming(taken.READINGS):
            wait_for(lambda: taken.tried.total() == 1)
            other.start()
            wait_for(is_queueing)
            taken.go_on.set()
            wait_for(lambda: everything_is_read(real_broker, topic))
    finally:
        taken.go_on.set()
        other.join(30)
    assert happened(acme) == [("meter-0", 1), ("meter-0", 3)]
    assert taken.tried.total() == 2  # the handler was not even called for the second


def move_ahead_as_another_would(tenant: Any, topic: str) -> None:
    """Get the inbox when the message in hand is done, and keep its consumer out until the offset has moved."""
    databases.as_owner(f"""
        BEGIN; LOCK TABLE {tenant.schema}.core_eventinbox IN SHARE MODE;
        UPDATE core_shared_consumedoffset SET next_offset = 2 WHERE topic = '{topic}' AND partition = 0; COMMIT
    """)


def is_queueing() -> bool:
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'ShareLock' AND locktype = 'relation')"
        )
        return bool(cursor.fetchone()[0])
