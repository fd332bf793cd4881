"""The subscription `kafka`: there with a broker, not there without, and nothing else changes; and telling again."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from apps.core import clock, tenancy
from apps.core.events.document import list_events
from apps.core.events.subscription import Subscription
from apps.core.ids import new_id
from apps.core.kafka.feed import KafkaFeed, kafka_subscription
from apps.core.shared.models import Delivery
from apps.core.tenancy import TenantRef
from tests.events.relays import outbox_is_empty, relaying, wait_for, wait_until_settled
from tests.kafka.brokers import Broker
from tests.kafka.events import Chimed, chime
from tests.kafka.reading import read_topic, sequences
from tests.kafka.subscribed import SUBSCRIPTIONS
from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
NAMES = """
import django; django.setup()
import json
from apps.core.events.subscription import subscriptions
print(json.dumps([each.name for each in subscriptions()]))
"""


def names_with(servers: str) -> list[str]:
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NAMES],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def test_it_is_there_only_with_a_broker() -> None:
    without, with_one = names_with(""), names_with(f"127.0.0.1:{free_port()}")
    assert "kafka" not in without
    assert with_one == [*without, "kafka"]


def test_it_hears_every_event_there_is_and_may_hear_it_again() -> None:
    subscription = kafka_subscription()
    assert set(subscription.events) == set(list_events())
    assert subscription.replayable


@pytest.mark.usefixtures("own_database")
def test_a_replay_tells_kafka_again_in_order_with_the_same_ids(
    kafka: Broker, prefix: str, acme: TenantRef, globex: TenantRef
) -> None:
    topic, of_acme, of_globex = f"{prefix}.kafka.v1", new_id(), new_id()
    with override_settings(EVENT_SUBSCRIPTIONS="tests.kafka.subscribed.SUBSCRIPTIONS"), relaying(*SUBSCRIPTIONS):
        for tenant, aggregate in ((acme, of_acme), (globex, of_globex)):
            with tenancy.enter(tenant):
                chime(aggregate, 1, 2, 3)
        wait_for(lambda: len(read_topic(kafka.client, topic)) == 6 and outbox_is_empty())
        for tenant in (acme, globex):
            with tenancy.enter(tenant):
                wait_until_settled()
        since = (clock.now() - timedelta(hours=1)).isoformat()
        words = ["--type", Chimed.__name__, "--from", since, "--subscription", "kafka", "--tenant", "acme"]
        out = StringIO()
        call_command("events", "replay", *words, stdout=out)
        assert out.getvalue() == "acme: 3 to be delivered again.\n"
        wait_for(lambda: len(read_topic(kafka.client, topic)) == 9)
    found = read_topic(kafka.client, topic)
    assert sequences(found) == {of_acme: [1, 2, 3, 1, 2, 3], of_globex: [1, 2, 3]}
    assert len({dict(record.headers)["ce_id"] for record in found}) == 6


@pytest.mark.usefixtures("own_database")
def test_while_nobody_is_there_the_events_wait(kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef) -> None:
    clock_id = new_id()
    subscription = Subscription(name="kafka", events=(Chimed,), feed=feed, replayable=True)
    with tenancy.enter(acme), relaying(subscription):
        with override_settings(KAFKA_CLIENT={**kafka.client, "bootstrap_servers": [f"127.0.0.1:{free_port()}"]}):
            chime(clock_id, 1, 2)
            wait_for(waits_with_an_error)
            chime(clock_id, 3)
            wait_for(outbox_is_empty)
        wait_for(lambda: sequences(read_topic(kafka.client, f"{prefix}.kafka.v1")) == {clock_id: [1, 2, 3]})
        wait_for(nothing_waits)


def waits_with_an_error() -> bool:
    with tenancy.public():
        return Delivery.objects.filter(error__contains="BrokerAway").count() >= 1


def nothing_waits() -> bool:
    with tenancy.public():
        return not Delivery.objects.exists()
