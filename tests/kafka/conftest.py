"""Fixtures: a Kafka broker for all tests, one that a test may kill, and a name for its topics."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from apps.core.ids import new_id
from apps.core.kafka.feed import KafkaFeed
from apps.core.kafka.publisher import Publisher
from config.launcher.kafka_broker import KafkaBroker

from .brokers import Broker, shared_broker
from .left_out import select


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    select(config, items)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker, real or mocked, that other tests use at the same time: nobody may stop it."""
    own = tmp_path_factory.getbasetemp()
    with shared_broker(request.config, own.parent if hasattr(request.config, "workerinput") else own) as found:
        yield found


@pytest.fixture
def real_broker(broker: Broker) -> Broker:
    """For what the mock cannot do; where there is none, the test is left out, and the run says so."""
    assert broker.is_real
    return broker


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of this test's own, started: it may kill it and start it again. It costs five seconds."""
    mine = KafkaBroker(tmp_path / "kafka")
    mine.start()
    yield mine
    mine.stop()


@pytest.fixture
def prefix() -> str:
    """What the names of this test's own topics begin with."""
    return f"t{new_id().hex}"


@pytest.fixture
def kafka(broker: Broker, prefix: str) -> Iterator[Broker]:
    """The settings say that there is this broker; the topics begin with this test's prefix."""
    if not broker.is_real:  # it makes no topics when it is told to
        for context in ("kafka", "billing", "parking"):
            broker.make_topic(f"{prefix}.{context}.v1")
    with override_settings(KAFKA_CLIENT=broker.client, KAFKA_TOPIC_PREFIX=prefix):
        yield broker


@pytest.fixture
def feed() -> Iterator[KafkaFeed]:
    """A feed with a producer of its own."""
    publisher = Publisher()
    yield KafkaFeed(publisher)
    publisher.discard()
