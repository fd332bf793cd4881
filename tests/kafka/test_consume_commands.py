"""Commands from Kafka act as those of the API do: once, in their tenant; refused ones become dead letters."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client

from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.kafka.consume.consumed import dead_letter_topic
from apps.core.models import Event
from apps.parking.models import Occupancy, ParkingEntry
from tests.events.relays import wait_for
from tests.factories.sites import open_location
from tests.refusals import everything_written

from .brokers import Broker
from .consuming import all_is_done, consuming, counted
from .messages import entry_of, exit_of, read_all, send

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def topic(real_broker: Broker, prefix: str, settings: Any) -> str:
    """The topic of commands, of this test alone."""
    settings.KAFKA_CLIENT = real_broker.client
    settings.KAFKA_TOPIC_PREFIX = prefix
    name = f"{prefix}.commands.v1"
    real_broker.make_topic(name, partitions=2)
    return name


@pytest.fixture
def yard(acme) -> Iterator[Any]:
    with tenancy.enter(acme):
        yield open_location(capacity=50)


def dealt_with(broker: Broker, topic: str, messages: Any) -> None:
    before = sum(counted(topic))
    send(broker, topic, messages)
    with consuming():
        wait_for(lambda: all_is_done(topic, before + len(messages)))


def test_a_vehicle_comes_and_goes(real_broker, topic, acme, yard):
    came, went = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    comes = entry_of(acme, yard, "KA 01 AB 1").having(ce_time=came.isoformat(), ce_correlationid="trip-7")
    goes = exit_of(acme, "KA 01 AB 1").having(ce_time=went.isoformat())
    dealt_with(real_broker, topic, [comes, goes])
    assert counted(topic) == (2, 0, 0)
    with tenancy.enter(acme):
        (stay,) = ParkingEntry.objects.all()
        assert (stay.entry_time, stay.exit_time, stay.status) == (came, went, "exited")
        entered, exited = Event.objects.filter(aggregate_type="parking_entry").order_by("position")
        assert (entered.type, exited.type) == ("VehicleEntered", "VehicleExited")
        assert entered.metadata["correlationId"] == "trip-7"
        assert exited.metadata["correlationId"] == goes.headers["ce_id"].decode()
        assert entered.metadata["source"] == "parking/integration"
        assert entered.metadata["actorName"] == "/gates/north"
        assert Occupancy.objects.get(location_id=yard).occupied == 0


def test_a_message_that_comes_again_acts_once(real_broker, topic, acme, yard):
    """The same id from the same source, also over another partition; from another source it is another message."""
    comes = entry_of(acme, yard, "KA 01 AB 2", id="7", partition=0)
    again = entry_of(acme, yard, "KA 01 AB 2", id="7", partition=1)
    other = entry_of(acme, yard, "KA 01 AB 3", id="7", partition=0).having(ce_source="/gates/south")
    dealt_with(real_broker, topic, [comes, comes, again, other])
    assert counted(topic) == (2, 2, 0)
    assert read_all(real_broker, dead_letter_topic(topic)) == []
    with tenancy.enter(acme):
        assert sorted(ParkingEntry.objects.values_list("vehicle_number", flat=True)) == ["KA 01 AB 2", "KA 01 AB 3"]


def test_what_the_domain_refuses_is_tried_once_and_the_next_goes_on(real_broker, topic, acme, yard):
    comes, twice = (entry_of(acme, yard, "KA 01 AB 4", partition=0) for _ in range(2))
    ghost = exit_of(acme, "KA 99 ZZ 9", partition=0)
    later = entry_of(acme, yard, "KA 01 AB 5", partition=0)
    dealt_with(real_broker, topic, [comes])
    before = written_by_others()
    dealt_with(real_broker, topic, [twice, ghost])
    assert written_by_others() == before
    dealt_with(real_broker, topic, [later])
    assert counted(topic) == (2, 0, 2)
    letters = read_all(real_broker, dead_letter_topic(topic))
    by_error = {letter.headers["dlq_error"].decode(): letter for letter in letters}
    assert set(by_error) == {"already_parked", "not_parked"}
    assert (by_error["already_parked"].key, by_error["already_parked"].value) == (twice.key, twice.value)
    told = {name: value.decode() for name, value in by_error["already_parked"].headers.items()}
    assert {name: told[name] for name in told if not name.startswith("dlq_")} == {
        name: value.decode() for name, value in twice.headers.items()
    }
    assert (told["dlq_topic"], told["dlq_partition"], told["dlq_offset"]) == (topic, "0", "1")
    assert told["dlq_attempts"] == "1"
    assert "is parked since" in told["dlq_detail"]
    assert told["dlq_at"].endswith("Z")
    scraped = Client().get("/metrics").content.decode()
    labels = f'group="{topic.removesuffix(".commands.v1")}-platform",'
    for outcome, count in (("dead_lettered", 2), ("handled", 2), ("repeated", 0)):
        assert f'parking_consumer_messages{{{labels}outcome="{outcome}",topic="{topic}"}} {count}.0' in scraped
    assert f'parking_consumer_lag_messages{{{labels}topic="{topic}"}} 0.0' in scraped
    assert f'parking_consumer_unseen_seconds{{{labels}topic="{topic}"}}' in scraped
    with tenancy.enter(acme):
        assert ParkingEntry.objects.count() == 2


def test_a_dead_letter_may_be_sent_again_when_its_cause_is_mended(real_broker, topic, acme, yard):
    """It left no trace in the inbox; the headers of its death do not pile up."""
    early = exit_of(acme, "KA 01 AB 6", partition=0)
    dealt_with(real_broker, topic, [early])
    (letter,) = read_all(real_broker, dead_letter_topic(topic))
    comes = entry_of(acme, yard, "KA 01 AB 6", partition=0, entryTime=(clock.now() - timedelta(minutes=5)).isoformat())
    again = replace(letter, partition=0)
    dealt_with(real_broker, topic, [comes, again, again])
    assert counted(topic) == (2, 1, 1)
    with tenancy.enter(acme):
        assert ParkingEntry.objects.get().status == "exited"


def test_a_message_acts_in_its_own_tenant_alone(real_broker, topic, acme, globex, yard):
    """A yard of acme is none of globex's, whoever asks."""
    stranger = entry_of(globex, yard, "NL 01 XX 1", partition=0)
    forged = entry_of(globex, yard, "NL 01 XX 2", partition=0).having(ce_tenantid=str(acme.id))
    with tenancy.enter(globex):
        own_yard = open_location(name="Zuid")
    own = entry_of(globex, own_yard, "NL 01 XX 3", partition=0)
    dealt_with(real_broker, topic, [stranger, forged, own])
    assert counted(topic) == (1, 0, 2)
    errors = {letter.headers["dlq_error"] for letter in read_all(real_broker, dead_letter_topic(topic))}
    assert errors == {b"location_not_found", b"key_mismatch"}
    with tenancy.enter(acme):
        assert not ParkingEntry.objects.exists()
    with tenancy.enter(globex):
        assert ParkingEntry.objects.get().vehicle_number == "NL 01 XX 3"


def test_poison_is_put_aside_and_writes_nothing(real_broker, topic, acme, yard):
    good = entry_of(acme, yard, "KA 01 AB 7", partition=0)
    poison = {
        "unreadable": good.told(b"{no json"),
        "invalid": good.told(json.dumps({"vehicleNumber": 7, "colour": "red"}).encode()),
        "unknown_type": good.having(ce_type="PaintVehicle"),
        "missing_header": good.having(ce_id=None),
        "unknown_tenant": entry_of(msgspec.structs.replace(acme, id=new_id()), yard, "KA 01 AB 7", partition=0),
    }
    before = written_by_others()
    dealt_with(real_broker, topic, list(poison.values()))
    assert written_by_others() == before
    letters = read_all(real_broker, dead_letter_topic(topic))
    assert sorted(letter.headers["dlq_error"].decode() for letter in letters) == sorted(poison)
    dealt_with(real_broker, topic, [good])
    with tenancy.enter(acme):
        assert ParkingEntry.objects.get().vehicle_number == "KA 01 AB 7"


def written_by_others() -> dict[str, Any]:
    """Every table, but for the one that says how far the topics were read."""
    return {name: rows for name, rows in everything_written().items() if not name.endswith("consumedoffset")}
