"""Stays that last too long: told of once, counted, paid for, and found at a cost that grows with what is due alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.auth import directory
from apps.auth.models import Tenant
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.shared.deadlines import list_due
from apps.core.shared.models import Deadline
from apps.core.tenancy import TenantRef
from apps.parking.commands import mark_overstays
from apps.parking.models import Occupancy, ParkingEntry
from apps.parking.tasks import mark_overstays as tick
from config.celery import app
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import nothing_written

from .conftest import entry_body

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def late(enter: Callable[..., Reply]) -> dict[str, Any]:
    """A car that came at noon and may stay until one."""
    entered = enter(entryTime=NOON, expectedExitTime=NOON + HOUR)
    assert entered.status == 201
    return dict(entered.json)


def test_a_stay_overstays_when_its_time_is_up_and_not_before(gate: Api, late: dict[str, Any]) -> None:
    with nothing_written():
        assert mark_overstays(at=NOON + HOUR - timedelta(seconds=1)) == 0
    assert mark_overstays(at=NOON + HOUR) == 1
    assert gate.get(f"parking/entries/{late['id']}").json["status"] == "overstay"
    assert gate.get("parking/occupancy").json["overstays"] == 1
    with nothing_written():
        assert mark_overstays(at=NOON + 2 * HOUR) == 0


def test_it_is_told_once(late: dict[str, Any], acme: TenantRef, yard: UUID) -> None:
    for minutes in (75, 80, 85):
        mark_overstays(at=NOON + timedelta(minutes=minutes, seconds=59))
    with tenancy.enter(acme):
        (told,) = Event.objects.filter(type="OverstayDetected")
        version = Occupancy.objects.get(location_id=yard).version
    assert (told.aggregate_id, told.aggregate_version) == (UUID(late["id"]), 2)
    assert told.occurred_at == NOON + timedelta(minutes=75, seconds=59)
    assert told.data == {
        "entryId": late["id"],
        "tenantId": str(acme.id),
        "locationId": str(yard),
        "vehicleNumber": "MH 12 AB 1234",
        "vehicleType": "car",
        "allowedUntil": "2026-03-02T13:00:00Z",
        "overstayDuration": 15,
        "notificationsSent": 0,
        "occupancy": {
            "locationId": str(yard),
            "total": 2,
            "occupied": 1,
            "available": 1,
            "overstays": 1,
            "byType": {"car": 1},
            "version": version,
        },
    }
    assert told.metadata["actorName"] == "platform"


def test_whoever_leaves_in_time_leaves_no_deadline(leave: Callable[..., Reply], late: dict[str, Any]) -> None:
    leave(exitTime=NOON + timedelta(minutes=30))
    with tenancy.public():
        assert not Deadline.objects.exists()
    with nothing_written():
        assert mark_overstays(at=NOON + 2 * HOUR) == 0


def test_an_exit_takes_the_overstay_away_from_the_counters(
    gate: Api, leave: Callable[..., Reply], late: dict[str, Any]
) -> None:
    mark_overstays(at=NOON + 2 * HOUR)
    assert leave(exitTime=NOON + 3 * HOUR).json["entry"]["status"] == "exited"
    whole = gate.get("parking/occupancy").json
    assert (whole["occupied"], whole["overstays"]) == (0, 0)


def test_the_overstay_of_one_stay(gate: Api, leave: Callable[..., Reply], manager: Api, late: dict[str, Any]) -> None:
    rate = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    manager.post("billing/rates", rate)
    leave(exitTime=NOON + timedelta(minutes=150))
    info = gate.get(f"parking/entries/{late['id']}/overstay").json
    assert info == {
        "entryId": late["id"],
        "isOverstay": True,
        "allowedUntil": "2026-03-02T13:00:00Z",
        "overstayMinutes": 90,
        "currentFee": 60,
        "currency": "INR",
        "notificationsSent": 0,
    }


def test_a_stay_within_its_time_is_no_overstay(gate: Api, enter: Callable[..., Reply]) -> None:
    entered = enter().json
    info = gate.get(f"parking/entries/{entered['id']}/overstay").json
    assert (info["isOverstay"], info["overstayMinutes"], info["currentFee"]) == (False, 0, None)


def test_all_tenants_are_served_by_one_tick_each_in_its_own_schema(
    api: Callable[..., Api], late: dict[str, Any], acme: TenantRef, globex: TenantRef
) -> None:
    with tenancy.enter(globex):
        haven = open_location(name="Haven")
    body = entry_body(haven, "RO 55 XX", entryTime=NOON.isoformat(), expectedExitTime=(NOON + HOUR).isoformat())
    theirs = api("operator", "globex").post("parking/entries", body).json
    assert app.tasks[tick.name].delay().get() == 2
    for tenant, entry_id in ((acme, late["id"]), (globex, theirs["id"])):
        with tenancy.enter(tenant):
            (told,) = Event.objects.filter(type="OverstayDetected")
            assert (str(told.aggregate_id), told.data["tenantId"]) == (entry_id, str(tenant.id))


def test_hundreds_are_marked_in_batches_with_counters_that_agree(acme: TenantRef, yard: UUID) -> None:
    many = 1_203
    with tenancy.enter(acme):
        stays = ParkingEntry.objects.bulk_create(_parked(yard, number) for number in range(many))
        Occupancy.objects.filter(location_id=yard).update(occupied=many, by_type={"car": many})
        Deadline.objects.bulk_create(
            Deadline(subject_id=stay.id, tenant_id=acme.id, kind="overstay", due_at=stay.allowed_until)
            for stay in stays
        )
    assert mark_overstays(at=NOON + 2 * HOUR) == many
    with tenancy.enter(acme):
        assert Occupancy.objects.get(location_id=yard).overstays == many
        assert ParkingEntry.objects.filter(status="overstay").count() == many
        told = Event.objects.filter(type="OverstayDetected").values_list("aggregate_id", flat=True)
        assert sorted(told) == sorted(stay.id for stay in stays)
        assert not Deadline.objects.exists()


def test_a_tenant_whose_schema_is_broken_does_not_hold_up_the_others(late: dict[str, Any], acme: TenantRef) -> None:
    with tenancy.public():
        broken = Tenant.objects.create(slug="aaa-broken", name="Broken")
        subject = new_id()
        Deadline.objects.create(subject_id=subject, tenant_id=broken.id, kind="overstay", due_at=NOON - HOUR)
    directory.forget()
    assert mark_overstays(at=NOON + HOUR) == 1
    with tenancy.public():
        assert [deadline.subject_id for deadline in Deadline.objects.all()] == [subject]


def test_a_deadline_of_a_tenant_that_is_no_more_is_passed_by(late: dict[str, Any]) -> None:
    with tenancy.public():
        Deadline.objects.create(subject_id=new_id(), tenant_id=new_id(), kind="overstay", due_at=NOON - HOUR)
    assert mark_overstays(at=NOON + HOUR) == 1


def test_a_tick_with_nothing_due_costs_one_statement_however_many_tenants_and_stays(
    acme: TenantRef, yard: UUID
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            assert mark_overstays(at=NOON) == 0
        return len([query for query in sent if "set_config" not in query["sql"]])

    with_two_tenants = statements()
    with tenancy.public():
        Tenant.objects.bulk_create(Tenant(slug=f"tenant-{number}", name=f"Tenant {number}") for number in range(20))
    with tenancy.enter(acme):
        stays = ParkingEntry.objects.bulk_create(_parked(yard, number) for number in range(300))
        Deadline.objects.bulk_create(
            Deadline(subject_id=stay.id, tenant_id=acme.id, kind="overstay", due_at=stay.allowed_until)
            for stay in stays
        )
    directory.forget()
    assert (with_two_tenants, statements()) == (1, 1)


def test_what_is_due_is_found_by_the_index_and_not_by_looking_through_all(acme: TenantRef) -> None:
    with tenancy.public():
        Deadline.objects.bulk_create(
            Deadline(subject_id=new_id(), tenant_id=acme.id, kind="overstay", due_at=NOON + HOUR + timedelta(seconds=n))
            for n in range(5_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE core_shared_deadline")
        with CaptureQueriesContext(connection) as sent:
            assert list_due(kind="overstay", at=NOON + HOUR + timedelta(seconds=3), limit=500) != {}
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT TEXT) {sent[-1]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "deadline_due" in plan
    assert "Seq Scan" not in plan
    assert "Rows Removed" not in plan


def _parked(yard: UUID, number: int) -> ParkingEntry:
    return ParkingEntry(
        id=new_id(),
        location_id=yard,
        vehicle_number=f"MH {number}",
        plate_key=f"MH{number}",
        vehicle_type="car",
        entry_time=NOON,
        allowed_until=NOON + HOUR,
        status="parked",
    )
