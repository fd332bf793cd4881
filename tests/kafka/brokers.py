"""The broker that the tests talk to: the real one where it can be had, else librdkafka's mock of one.

KAFKA_BOOTSTRAP_SERVERS names one that runs already; else Apache Kafka is started by Java; else the mock stands in, and
what only a real one can show is left out, and said to be (`tests/kafka/left_out.py`).
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from config.launcher.kafka_broker import KafkaBroker

from .availability import OUTSIDE, why_no_real_broker

MOCK_VERSION = (2, 3)  # the mock does not tell its own


@dataclass(frozen=True)
class Broker:
    """An address. `client` is what to give to kafka-python's clients."""

    bootstrap_servers: str
    is_real: bool
    _ask_mock: Callable[[str], Any] = field(default=lambda _: None, repr=False)

    @property
    def client(self) -> dict[str, Any]:
        version = {} if self.is_real else {"api_version": MOCK_VERSION}
        return {"bootstrap_servers": self.bootstrap_servers.split(","), **version}

    def make_topic(self, name: str, partitions: int = 4) -> None:
        """Make a topic; the mock's have always four partitions, and it makes one when it is asked for it."""
        if not self.is_real:
            self._ask_mock(name)
            return
        admin = KafkaAdminClient(**self.client)
        try:
            admin.create_topics([NewTopic(name, partitions, 1)])
        except TopicAlreadyExistsError:
            pass
        finally:
            admin.close()


@contextmanager
def shared_broker(config: pytest.Config, folder: Path) -> Iterator[Broker]:
    """One for all test processes of a run; `folder` is common to them. Who is first starts it, and ends last."""
    if OUTSIDE:
        yield Broker(OUTSIDE, is_real=True)
    elif why_no_real_broker():
        yield from _mock()
    elif not hasattr(config, "workerinput"):
        yield from _started(folder)
    else:
        yield from _shared(folder)


def _mock() -> Iterator[Broker]:
    cluster = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0})

    def ask(topic: str) -> None:
        cluster.list_topics(topic, timeout=10)

    addresses = [f"{node.host}:{node.port}" for node in cluster.list_topics(timeout=10).brokers.values()]
    yield Broker(",".join(addresses), is_real=False, _ask_mock=ask)


def _started(folder: Path) -> Iterator[Broker]:
    broker = KafkaBroker(folder / "kafka")
    broker.start()
    try:
        yield Broker(broker.bootstrap_servers, is_real=True)
    finally:
        broker.stop()


def _shared(folder: Path) -> Iterator[Broker]:
    """The users hold a lock in common; the owner takes it alone before it stops the broker under their feet."""
    address = folder / "kafka.address"
    with (folder / "kafka.start").open("w") as start, (folder / "kafka.users").open("w") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        if address.exists():
            fcntl.flock(users, fcntl.LOCK_SH)
            fcntl.flock(start, fcntl.LOCK_UN)
            yield Broker(address.read_text(), is_real=True)
            return
        for broker in _started(folder):
            address.write_text(broker.bootstrap_servers)
            fcntl.flock(start, fcntl.LOCK_UN)
            try:
                yield broker
            finally:
                fcntl.flock(start, fcntl.LOCK_EX)
                address.unlink()
                fcntl.flock(users, fcntl.LOCK_EX)
