"""Relays and Kafka are killed with SIGKILL under load: nothing is missing in Kafka, nothing in the wrong order."""

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import override_settings
from kafka import KafkaProducer

from apps.core import tenancy
from apps.core.events import Envelope
from apps.core.ids import new_id
from apps.core.kafka.message import message
from apps.core.shared.models import Delivery
from apps.core.tenancy import TenantRef
from config.launcher.kafka_broker import KafkaBroker
from tests.events.relays import outbox_is_empty, wait_for
from tests.faults.relay_processes import RelayProcesses
from tests.kafka.brokers import Broker
from tests.kafka.events import chime, envelope
from tests.kafka.reading import count_records, flaws, read_topic

pytestmark = pytest.mark.usefixtures("own_database")
SEED = int(os.environ.get("FAULTS_SEED", "7"))
ROUNDS = max(3, int(float(os.environ.get("FAULTS_SECONDS", "10")) / 3))


@pytest.fixture
def told_of(own_broker: KafkaBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """This process and those that it starts know of the broker that will be killed."""
    address = Broker(own_broker.bootstrap_servers, is_real=True)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", address.bootstrap_servers)
    monkeypatch.setenv("KAFKA_TOPIC_PREFIX", prefix)
    monkeypatch.setenv("KAFKA_PARTITIONS", "3")
    with override_settings(KAFKA_CLIENT=address.client, KAFKA_TOPIC_PREFIX=prefix):
        yield address


class Arriving:
    """Whether more has come into a topic since it was last so."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker, self._topic = broker, topic
        self._seen = 0

    def more(self) -> bool:
        """At least fifty records."""
        count = count_records(self._broker.client, self._topic)
        if count < self._seen + 50:
            return False
        self._seen = count
        return True


class Chiming:
    """Threads that publish in both tenants until told to stop, and count what they have committed."""

    def __init__(self, tenants: Sequence[TenantRef]) -> None:
        self._stop = threading.Event()
        self._published = [Counter[UUID]() for _ in tenants for _ in range(2)]
        works = zip([*tenants, *tenants], self._published, strict=True)
        self._threads = [threading.Thread(target=self._work, args=(n, *work)) for n, work in enumerate(works)]

    def __enter__(self) -> "Chiming":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def published(self) -> Counter[UUID]:
        return sum(self._published, Counter())

    def _work(self, number: int, tenant: TenantRef, published: Counter[UUID]) -> None:
        chance = random.Random(SEED + number)
        clocks = [new_id() for _ in range(10)]
        try:
            with tenancy.enter(tenant):
                while not self._stop.wait(0.02):
                    clock, hours = chance.choice(clocks), range(chance.randint(1, 4))
                    chime(clock, *hours)
                    published[clock] += len(hours)
        finally:
            connection.close()


def test_nothing_is_lost_or_reordered(
    own_broker: KafkaBroker, told_of: Broker, prefix: str, acme: TenantRef, globex: TenantRef, tmp_path: Path
) -> None:
    chance, topic = random.Random(SEED), f"{prefix}.kafka.v1"
    told_of.make_topic(topic, partitions=3)
    arriving = Arriving(told_of, topic)
    with RelayProcesses(2, log=tmp_path / "relays.log", settings="tests.kafka.relay_settings") as relays:

        def kill_a_relay() -> None:
            relays.kill_at_random(chance, seconds=0.001, pauses=(0.0, 0.0))

        with Chiming((acme, globex)) as chiming:
            for _ in range(ROUNDS):
                wait_for(arriving.more)
                kill_a_relay()
            own_broker.kill()
            wait_for(something_waits)
            kill_a_relay()
            own_broker.start()
            wait_for(arriving.more)
            own_broker.kill()  # and no relay: a running one has to find back by itself
            own_broker.start()
            wait_for(arriving.more)
        wait_for(all_is_delivered)
    found, published = read_topic(told_of.client, topic), chiming.published
    assert published.total() > 200
    assert flaws(found, published) == []
    assert len({dict(record.headers)["ce_id"] for record in found}) == published.total()


def test_control_a_feed_that_does_not_wait_loses_events(
    own_broker: KafkaBroker, told_of: Broker, prefix: str, acme: TenantRef
) -> None:
    clock = new_id()
    told_of.make_topic(f"{prefix}.kafka.v1", partitions=1)
    producer = KafkaProducer(**told_of.client)

    async def careless(envelopes: Sequence[Envelope]) -> None:
        for each in map(message, envelopes):
            producer.send(each.topic, key=each.key, value=each.value, headers=each.headers)

    asyncio.run(careless([envelope(acme, clock, 1)]))
    producer.flush()
    own_broker.kill()
    asyncio.run(careless([envelope(acme, clock, 2), envelope(acme, clock, 3)]))  # as if they were delivered
    producer._sender.force_close()  # the relay is killed before the broker is back
    own_broker.start()
    found = read_topic(told_of.client, f"{prefix}.kafka.v1")
    assert flaws(found, {clock: 3}) == [f"{clock}: [1] of 3"]


def all_is_delivered() -> bool:
    with tenancy.public():
        return outbox_is_empty() and not Delivery.objects.exists()


def something_waits() -> bool:
    with tenancy.public():
        return Delivery.objects.exclude(error="").exists()
