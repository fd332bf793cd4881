"""Publishing: the event stands or falls with its change, and is never changed afterwards."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.correlation import correlated
from apps.core.events import DomainEvent, publish
from apps.core.events.publish import NotInTransaction
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.shared.models import EventOutbox
from apps.core.tenancy import TenantRef
from tests.refusals import nothing_written

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ASHA = Actor(kind=ActorKind.USER, id=new_id(), name="Asha")


class BarrierRaised(DomainEvent, frozen=True, kw_only=True):
    """A barrier went up."""

    aggregate_type: ClassVar[str] = "barrier"
    schema_version: ClassVar[int] = 3

    barrier_id: UUID
    raised_by: str | None = None
    price: Decimal = Decimal("1.50")


def raised(barrier: UUID, **more: object) -> UUID:
    return publish(BarrierRaised(barrier_id=barrier, **more), aggregate_id=barrier, at=NOON, actor=ASHA)  # type: ignore[arg-type]


def test_outside_a_transaction_nothing_is_published(in_acme: TenantRef) -> None:
    with nothing_written(), pytest.raises(NotInTransaction, match="BarrierRaised"):
        raised(new_id())


def test_outside_a_tenant_nothing_is_published(db: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        raised(new_id())


def test_an_event_says_what_who_when_and_why(in_acme: TenantRef) -> None:
    barrier = new_id()
    with correlated("truck-7"), transaction.atomic():
        event_id = raised(barrier, raised_by="Asha")
    event = Event.objects.get(id=event_id)
    assert (event.type, event.schema_version, event.aggregate_type) == ("BarrierRaised", 3, "barrier")
    assert (event.aggregate_id, event.aggregate_version, event.occurred_at) == (barrier, 1, NOON)
    assert event.data == {"barrierId": str(barrier), "raisedBy": "Asha", "price": 1.5}
    salt = event.metadata.pop("salt")
    assert len(salt) == 16
    assert event.metadata == {
        "source": "parking/user",
        "correlationId": "truck-7",
        "causationId": None,
        "actorId": str(ASHA.id),
        "actorName": "Asha",
    }


def test_the_outbox_has_the_same_with_the_tenants_schema(in_acme: TenantRef) -> None:
    with transaction.atomic():
        event_id = raised(new_id())
    event = Event.objects.get(id=event_id)
    with tenancy.public():
        waiting = EventOutbox.objects.get(event_id=event_id)
    assert waiting.tenant_schema == in_acme.schema
    for name in ("type", "aggregate_type", "aggregate_id", "aggregate_version", "schema_version", "data", "metadata"):
        assert getattr(waiting, name) == getattr(event, name)


def test_versions_count_each_aggregates_own_events(in_acme: TenantRef) -> None:
    one, other = new_id(), new_id()
    with transaction.atomic():
        ids = [raised(barrier) for barrier in (one, other, one, one, other)]
    versions = dict(Event.objects.values_list("id", "aggregate_version"))
    assert [versions[event_id] for event_id in ids] == [1, 1, 2, 3, 2]


def test_tenants_count_by_themselves(acme: TenantRef, globex: TenantRef) -> None:
    barrier = new_id()
    for tenant in (acme, globex):
        with tenancy.enter(tenant), transaction.atomic():
            raised(barrier)
            assert Event.objects.get(aggregate_id=barrier).aggregate_version == 1


def test_a_rollback_leaves_neither_event_nor_outbox(in_acme: TenantRef) -> None:
    with nothing_written(), suppress(ZeroDivisionError), transaction.atomic():
        raised(new_id())
        raise ZeroDivisionError


def test_a_savepoint_that_is_rolled_back_takes_its_event_along(in_acme: TenantRef) -> None:
    kept, lost = new_id(), new_id()
    with transaction.atomic():
        raised(kept)
        with suppress(ZeroDivisionError), transaction.atomic():
            raised(lost)
            raise ZeroDivisionError
    assert Event.objects.filter(aggregate_id__in=[kept, lost]).get().aggregate_id == kept
    with tenancy.public():
        assert not EventOutbox.objects.filter(aggregate_id=lost).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_event SET type = 'Other'",
        "DELETE FROM core_event",
        "TRUNCATE core_event",
        "ALTER TABLE core_event DISABLE TRIGGER event_is_final",
        "DROP TRIGGER event_to_outbox ON core_event",
    ],
)
def test_the_application_may_not_change_history(in_acme: TenantRef, statement: str) -> None:
    with transaction.atomic():
        raised(new_id())
    with (
        nothing_written(),
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_no_two_events_have_one_version(in_acme: TenantRef) -> None:
    with transaction.atomic():
        event_id = raised(new_id())
    first = Event.objects.get(id=event_id)
    with (
        pytest.raises(IntegrityError, match="event_aggregate_version"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,"
            " occurred_at, data, metadata) VALUES (%s, %s, %s, %s, 'BarrierRaised', 1, %s, '{}', '{}')",
            [new_id(), first.aggregate_type, first.aggregate_id, first.aggregate_version, NOON],
        )
