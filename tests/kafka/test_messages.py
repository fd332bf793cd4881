"""What stands in a message, to the last header."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.test import override_settings

from apps.core import tenancy
from apps.core.events.store import get_events
from apps.core.ids import new_id
from apps.core.kafka.feed import KafkaFeed
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.kafka.brokers import Broker
from tests.kafka.events import envelope
from tests.kafka.reading import read_topic


def test_key_value_and_every_header(kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef) -> None:
    event = envelope(
        acme,
        new_id(),
        7,
        occurred_at=datetime(2026, 3, 1, 8, 30, 0, 250_000, tzinfo=UTC),
        data_json='{"hour": 7, "sound": "déjà", "fee": 12.50}',
        metadata_json=json.dumps({"source": "parking/user", "correlationId": "c-1", "causationId": "e-9"}),
    )
    asyncio.run(feed([event]))
    (record,) = read_topic(kafka.client, f"{prefix}.kafka.v1")
    assert record.key == f"{acme.id}:{event.aggregate_id}".encode()
    assert b'"fee":12.50' in record.value  # exact, as it is stored
    assert json.loads(record.value) == {
        "id": str(event.id),
        "type": "Chimed",
        "version": 7,
        "timestamp": "2026-03-01T08:30:00.250000Z",
        "tenantId": str(acme.id),
        "aggregateType": "clock",
        "aggregateId": str(event.aggregate_id),
        "data": {"hour": 7, "sound": "déjà", "fee": 12.5},
        "metadata": {"source": "parking/user", "correlationId": "c-1", "causationId": "e-9"},
    }
    assert record.headers == [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.id).encode()),
        ("ce_type", b"Chimed"),
        ("ce_source", b"parking/user"),
        ("ce_time", b"2026-03-01T08:30:00.250000Z"),
        ("ce_subject", str(event.aggregate_id).encode()),
        ("ce_tenantid", str(acme.id).encode()),
        ("ce_sequence", b"7"),
        ("ce_dataversion", b"1"),
        ("ce_correlationid", b"c-1"),
        ("ce_causationid", b"e-9"),
    ]


def test_what_is_null_has_no_header(kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef) -> None:
    nulls = json.dumps({"source": "parking/system", "correlationId": None, "causationId": None})
    asyncio.run(feed([envelope(acme, new_id(), 1, metadata_json=nulls)]))
    (record,) = read_topic(kafka.client, f"{prefix}.kafka.v1")
    names = [name for name, _ in record.headers]
    assert "ce_sequence" in names
    assert not {"ce_correlationid", "ce_causationid"} & set(names)


def test_the_value_is_what_the_api_tells(
    kafka: Broker, prefix: str, feed: KafkaFeed, acme: TenantRef, api: Callable[..., Api]
) -> None:
    owner = api("owner")
    made = owner.post("parking/locations", {"name": "North yard", "capacity": 2})
    location = made.json["id"]
    with tenancy.enter(acme):
        events = get_events(UUID(location), 1)
    asyncio.run(feed(events))
    told = owner.get(f"events?aggregateId={location}").json["items"]
    assert told
    assert [json.loads(record.value) for record in read_topic(kafka.client, f"{prefix}.parking.v1")] == told


def test_each_context_has_its_topic_under_the_prefix(kafka: Broker, prefix: str) -> None:
    from apps.billing.events import PaymentTaken
    from apps.core.kafka.topics import topic_of
    from apps.parking.events import VehicleEntered

    assert topic_of(PaymentTaken) == f"{prefix}.billing.v1"
    with override_settings(KAFKA_TOPIC_PREFIX="parking"):
        assert topic_of(VehicleEntered) == "parking.parking.v1"
