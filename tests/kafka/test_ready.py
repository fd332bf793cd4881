"""`/ready` tells of the broker where there is one; requests are served without it."""

import pytest
from django.test import Client, override_settings

from tests.kafka.brokers import Broker
from tests.serving import free_port

OTHERS = {"database": "ok", "redis": "ok", "migrations": "ok"}


@pytest.mark.usefixtures("acme")
def test_a_broker_that_is_there(kafka: Broker) -> None:
    ready = Client().get("/ready")
    assert (ready.status_code, ready.json()["checks"]) == (200, {**OTHERS, "kafka": "ok"})


@pytest.mark.usefixtures("acme")
def test_a_broker_that_is_away_is_told_and_keeps_nobody_out() -> None:
    nobody = {"bootstrap_servers": [f"127.0.0.1:{free_port()}", f"[::1]:{free_port()}"]}
    with override_settings(KAFKA_CLIENT=nobody):
        ready = Client().get("/ready")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {**OTHERS, "kafka": "unreachable: BrokerAway"}},
    )


@pytest.mark.usefixtures("acme")
def test_one_of_several_is_enough(broker: Broker) -> None:
    servers = [f"127.0.0.1:{free_port()}", *broker.client["bootstrap_servers"]]
    with override_settings(KAFKA_CLIENT={**broker.client, "bootstrap_servers": servers}):
        assert Client().get("/ready").json()["checks"]["kafka"] == "ok"


@pytest.mark.usefixtures("acme")
def test_without_kafka_there_is_no_such_check() -> None:
    with override_settings(KAFKA_CLIENT={}):
        assert Client().get("/ready").json()["checks"] == OTHERS
