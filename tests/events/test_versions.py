"""Old events still read: one stored example of every version of every class, lifted to today's shape and decoded.

An example is never changed. Whoever raises a class's `schema_version` adds an upcaster, and the new example.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from django.db import connection

from apps.core import clock, tenancy
from apps.core.events.event import DomainEvent, Envelope, UnknownEvent, event_classes, upcast
from apps.core.events.publish import encode_event
from apps.core.events.store import get_events
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef

STORED = Path(__file__).parent / "stored"


def shipped() -> dict[str, type[DomainEvent]]:
    return {name: cls for name, cls in event_classes().items() if cls.__module__.startswith("apps.")}


VERSIONS = [(name, number) for name, cls in shipped().items() for number in range(1, cls.schema_version + 1)]


def example(name: str, version: int) -> Any:
    return json.loads((STORED / f"{name}.v{version}.json").read_text(), parse_float=Decimal)


def test_there_is_an_example_of_every_version_and_none_besides():
    assert {path.name for path in STORED.iterdir()} == {f"{name}.v{number}.json" for name, number in VERSIONS}
    assert {"VehicleEntered", "VehicleExited", "OverstayDetected", "PaymentTaken"} <= {name for name, _ in VERSIONS}


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_stored_event_of_every_version_reads(name, version):
    cls = shipped()[name]
    data = upcast(name, version, example(name, version))
    event = msgspec.convert(data, cls)
    again = json.loads(encode_event(event), parse_float=Decimal)
    assert again == data  # nothing of it is lost, and numbers stay exact
    assert set(data) <= {field.encode_name for field in msgspec.structs.fields(cls)}


@pytest.mark.parametrize("name", shipped())
def test_every_past_version_has_its_upcaster(name):
    cls = shipped()[name]
    assert set(cls.upcasters) == set(range(1, cls.schema_version))


def _named_plainly(data: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in data.items() if key != "who"}, "name": data["who"]}


def _with_age(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "age": 0}


class Grown(DomainEvent, frozen=True, kw_only=True):
    """An event that was changed twice: `who` became `name`, and `age` was added."""

    aggregate_type: ClassVar[str] = "person"
    schema_version: ClassVar[int] = 3
    upcasters = {1: _named_plainly, 2: _with_age}

    name: str
    age: int


@pytest.mark.parametrize(
    ("version", "stored"), [(1, {"who": "Asha"}), (2, {"name": "Asha"}), (3, {"name": "Asha", "age": 0})]
)
def test_old_data_is_lifted_step_by_step(acme: TenantRef, version, stored):
    before = dict(stored)
    assert msgspec.convert(upcast("Grown", version, stored), Grown) == Grown(name="Asha", age=0)
    assert stored == before
    assert told(acme, "Grown", version, stored).data == {"name": "Asha", "age": 0}


def test_what_newer_code_wrote_is_refused_by_name(acme: TenantRef):
    for kind, version in (("Grown", 4), ("Unheard", 1)):
        with pytest.raises(UnknownEvent, match=f"{kind} version {version} is not known here"):
            _ = told(acme, kind, version, {}).data


def told(tenant: TenantRef, kind: str, version: int, data: dict[str, Any]) -> Envelope:
    return Envelope(
        position=1, id=new_id(), type=kind, schema_version=version, tenant=tenant, aggregate_type="person",
        aggregate_id=new_id(), version=1, occurred_at=clock.now(), data_json=json.dumps(data), metadata_json="{}",
    )  # fmt: skip


def test_the_store_reads_an_old_event_in_todays_shape(in_acme: TenantRef):
    aggregate = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,"
            " occurred_at, data, metadata)"
            " VALUES (%s, 'person', %s, 1, 'Grown', 1, now(), '{\"who\": \"Asha\"}', '{}')",
            [new_id(), aggregate],
        )
    assert tenancy.current() == in_acme
    (event,) = get_events(aggregate)
    assert event.data == {"name": "Asha", "age": 0}
