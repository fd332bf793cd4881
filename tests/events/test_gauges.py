"""What Prometheus sees of the events' way, and that its alert rules ask for what is there."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
import yaml
from django.test import Client, override_settings

from apps.core import clock, tenancy
from apps.core.shared.models import ConsumedOffset, Delivery
from tests.events.relays import note

RULES = Path(__file__).resolve().parents[2] / "deploy/prometheus"


def scraped():
    lines = Client().get("/metrics").content.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("parking_"))


def put_off(acme, name, *, dead):
    at = clock.now() - timedelta(minutes=5)
    with tenancy.public():
        return Delivery.objects.create(
            subscription=name, shard=1, position=1, tenant_schema=acme.schema, event_position=1, event_id=uuid4(),
            aggregate_type="note", aggregate_id=uuid4(), aggregate_version=1, type="Noted", schema_version=1,
            occurred_at=at, stored_at=at, data={}, metadata={}, dead_at=at if dead else None,
        )  # fmt: skip


@override_settings(EVENT_SUBSCRIPTIONS="tests.events.hearers.SUBSCRIPTIONS")
def test_each_subscriptions_lag_age_and_dead_letters_are_scraped(acme):
    with tenancy.enter(acme):
        note("in the outbox")
    put_off(acme, "writer", dead=False)
    put_off(acme, "writer", dead=True)
    gone = put_off(acme, "of old", dead=True)
    found = scraped()
    assert found['parking_subscription_waiting_events{subscription="writer"}'] == "2.0"
    assert found['parking_subscription_waiting_events{subscription="feed"}'] == "1.0"
    assert found['parking_subscription_dead_letters{subscription="writer"}'] == "1.0"
    assert float(found['parking_subscription_oldest_seconds{subscription="writer"}']) == pytest.approx(300, abs=20)
    assert found['parking_subscription_dead_letters{subscription="of old"}'] == "1.0"
    with tenancy.public():
        gone.delete()
    assert scraped()['parking_subscription_dead_letters{subscription="of old"}'] == "0.0"


@override_settings(EVENT_SUBSCRIPTIONS="tests.events.hearers.SUBSCRIPTIONS")
def test_the_ages_grow_while_no_relay_runs(acme):
    """The web processes measure, when they are asked; so nothing stands still with the relay that it is about."""
    names = 'parking_subscription_oldest_seconds{subscription="writer"}', "parking_outbox_oldest_seconds"
    with tenancy.enter(acme):
        note("waits")
    before = scraped()
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        later = scraped()
    for name in names:
        assert float(later[name]) - float(before[name]) == pytest.approx(120, abs=10)


def rules_of(file):
    groups = yaml.safe_load((RULES / file).read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def there_is_one_offset():
    with tenancy.public():
        ConsumedOffset.objects.create(
            consumer_group="parking-platform", topic="parking.commands.v1", partition=0, next_offset=1, end_offset=2,
            seen_at=clock.now(),
        )  # fmt: skip


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("file", "alerts"),
    [
        ("alerts.yaml", {"RelayDoesNotDeliver", "SubscriptionIsBehind", "DeadLetters"}),
        ("consumer-alerts.yaml", {"ConsumerIsGone", "ConsumerIsBehind", "ConsumerDeadLetters"}),
    ],
)
def test_the_alerts_ask_for_gauges_and_labels_that_there_are(file, alerts):
    there_is_one_offset()
    rules, found = rules_of(file), scraped()
    assert alerts <= rules.keys()
    there = {name.split("{")[0] for name in found}
    for rule in rules.values():
        asked = set(re.findall(r"parking_\w+", rule["expr"]))
        assert asked
        assert asked <= there
        assert rule["annotations"].keys() == {"summary", "description"}
        for label in re.findall(r"by \((\w+)\)|(\w+=\"\w+\")", rule["expr"]):
            wanted = label[1] or f'{label[0]}="'
            assert all(any(name.startswith(each) and wanted in name for name in found) for each in asked)
