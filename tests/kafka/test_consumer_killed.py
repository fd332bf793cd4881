"""Consumers, Kafka and database sessions die under load: no message is lost, each takes effect once, in order."""

import contextlib
import os
import random
import threading
import time
from collections import defaultdict

import psycopg
import pytest
from django.db import connection
from kafka import KafkaProducer
from kafka.errors import KafkaError

from apps.core import tenancy
from apps.core.kafka.consume.consumed import dead_letter_topic
from apps.core.tenancy import TenantRef
from tests.events.relays import wait_for

from . import taken
from .brokers import Broker
from .consumer_processes import ConsumerProcesses
from .consuming import consuming, counted, everything_is_read
from .messages import Message, message, read_all, send_by

pytestmark = pytest.mark.usefixtures("own_database")
SEED = int(os.environ.get("FAULTS_SEED", "7"))
KILLS = int(os.environ.get("FAULTS_KILLS", "5"))


class Sending:
    """A thread that sends numbered readings of many subjects of both tenants, some twice, until told to stop.

    Where it cannot know whether one has arrived, it sends it again, by a new producer.
    """

    def __init__(self, broker: Broker, topic: str, tenants: list[TenantRef]) -> None:
        self._broker, self._topic, self._tenants = broker, topic, tenants
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._producer: KafkaProducer | None = None
        self.sent: dict[tuple[str, str], int] = defaultdict(int)

    def __enter__(self) -> "Sending":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return sum(self.sent.values())

    def _work(self) -> None:
        chance = random.Random(SEED)
        while not self._stop.is_set():
            batch = [self._next(chance) for _ in range(5)]
            self._arrive(batch + [each for each in batch if chance.random() < 0.1])
            self._stop.wait(0.05)
        if self._producer is not None:
            self._producer.close()

    def _next(self, chance: random.Random) -> Message:
        tenant, subject = chance.choice(self._tenants), f"s{chance.randrange(12)}"
        self.sent[tenant.slug, subject] += 1
        return message(tenant, "Reading", {"number": self.sent[tenant.slug, subject]}, subject=subject)

    def _arrive(self, batch: list[Message]) -> None:
        while True:
            try:
                self._producer = self._producer or KafkaProducer(**self._broker.client, acks="all", retries=0)
                send_by(self._producer, self._topic, batch)
                return
            except KafkaError:
                self._give_up()
                time.sleep(0.2)

    def _give_up(self) -> None:
        """Nothing of it may still arrive behind what is sent anew."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer._sender.force_close()
            producer._sender.join(5)
            with contextlib.suppress(KafkaError):
                producer.close(timeout=0)


def each_happened_once_in_order(sending: Sending, tenants: list[TenantRef], topic: str) -> None:
    assert sending.count > 100
    handled, repeated, dead = counted(topic)
    assert (handled, dead) == (sending.count, 0)
    assert repeated > 0
    for tenant in tenants:
        found = defaultdict(list)
        with tenancy.enter(tenant):
            for subject, number in taken.effects():
                found[subject].append(number)
        expected = {subject: count for (slug, subject), count in sending.sent.items() if slug == tenant.slug}
        assert found == {subject: list(range(1, count + 1)) for subject, count in expected.items()}


def test_consumers_are_killed(real_broker: Broker, prefix: str, acme, globex, tmp_path) -> None:
    topic, tenants = f"{prefix}.readings.v1", [acme, globex]
    real_broker.make_topic(topic, partitions=4)
    taken.make_tables(acme.schema, globex.schema)
    servers = real_broker.bootstrap_servers
    with ConsumerProcesses(2, folder=tmp_path, bootstrap_servers=servers, prefix=prefix) as consumers:
        with Sending(real_broker, topic, tenants) as sending:
            wait_for(lambda: counted(topic)[0] > 50)
            consumers.kill_at_random(random.Random(SEED), times=KILLS, pauses=(0.3, 2.5))
        wait_for(lambda: everything_is_read(real_broker, topic), 300)  # each death makes the group share out anew
        wait_for(lambda: consumers.have_begun)
    assert consumers.exit_codes == [0, 0]
    assert consumers.killed == KILLS
    each_happened_once_in_order(sending, tenants, topic)
    assert read_all(real_broker, dead_letter_topic(topic)) == []


def test_kafka_and_database_sessions_are_killed(own_broker, prefix: str, acme, globex, settings) -> None:
    broker = Broker(own_broker.bootstrap_servers, is_real=True)
    topic, tenants = f"{prefix}.readings.v1", [acme, globex]
    settings.KAFKA_CLIENT, settings.KAFKA_TOPIC_PREFIX = broker.client, prefix
    broker.make_topic(topic, partitions=4)
    taken.make_tables(acme.schema, globex.schema)

    def restart() -> None:
        own_broker.kill()
        own_broker.start()

    with consuming(taken.CONSUMED):
        with Sending(broker, topic, tenants) as sending:
            for kill in (end_database_sessions, restart, end_database_sessions, restart):
                before = counted(topic)[0]
                wait_for(lambda before=before: counted(topic)[0] > before + 40)
                kill()
        wait_for(lambda: everything_is_read(broker, topic))
    each_happened_once_in_order(sending, tenants, topic)


def end_database_sessions() -> None:
    """End every session of the test's own database: there is one of the consumer."""
    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        ended = session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        assert ended.fetchall()
