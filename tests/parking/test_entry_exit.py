"""A vehicle comes and goes: what is answered, kept, told and charged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from apps.core import clock, tenancy
from apps.core.models import Event
from apps.core.shared.models import Deadline
from apps.core.tenancy import TenantRef
from apps.parking.models import ParkingEntry
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body

HOUR = timedelta(hours=1)


def test_a_vehicle_comes_and_goes(gate: Api, enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    entered = enter("MH 12-AB 1234", vehicleType="truck")
    assert (entered.status, entered.json["status"], entered.json["exitTime"]) == (201, "parked", None)
    assert gate.get("parking/occupancy").json["occupied"] == 1
    left = leave("MH12AB1234")
    assert (left.status, left.json["entry"]["status"], left.json["entry"]["id"]) == (201, "exited", entered.json["id"])
    assert gate.get("parking/occupancy").json["occupied"] == 0
    assert gate.get(f"parking/entries/{entered.json['id']}").json == left.json["entry"]


def test_an_entry_is_answered_as_it_is_read_afterwards(
    enter: Callable[..., Reply], gate: Api, yard: UUID, acme: TenantRef, api: Callable[..., Api]
) -> None:
    told = {
        "driverName": "Ravi Kumar",
        "driverPhone": "+91 98200 12345",
        "transportName": "Blue Haulage",
        "notes": "left mirror broken",
    }
    times = {"entryTime": "2026-03-01T08:30:00.25+05:30", "expectedExitTime": "2026-03-01T20:30:00+05:30"}
    entered = enter(" MH 12 AB 1234 ", vehicleType="truck", source="desktop", **told, **times).json
    assert entered == gate.get(f"parking/entries/{entered['id']}").json
    operator_id = gate.get("auth/me").json["user"]["id"]
    assert entered == told | {
        "id": entered["id"],
        "tenantId": str(acme.id),
        "locationId": str(yard),
        "vehicleNumber": "MH 12 AB 1234",
        "vehicleType": "truck",
        "entryTime": "2026-03-01T03:00:00.250000Z",
        "expectedExitTime": "2026-03-01T15:00:00Z",
        "allowedUntil": "2026-03-01T15:00:00Z",
        "exitTime": None,
        "status": "parked",
        "metadata": {"source": "desktop", "operatorId": operator_id, "gateId": None},
    }


def test_the_same_plate_in_any_writing_is_parked_already(enter: Callable[..., Reply], yard: UUID) -> None:
    first = enter("MH 12-AO 1234").json
    for again in ("mh12ao1234", "MH-12-A0-I234", "ＭＨ１２ＡＯ１２３４", "МН 12 АО 1234"):
        with nothing_written():
            problem = assert_problem(enter(again), 409, "already_parked")
        assert (problem["entryId"], problem["locationId"]) == (first["id"], str(yard))


def test_a_plate_is_parked_once_in_a_tenant_wherever_it_stands(
    gate: Api, enter: Callable[..., Reply], acme: TenantRef
) -> None:
    with tenancy.enter(acme):
        elsewhere = open_location(name="South yard")
    enter()
    with nothing_written():
        assert_problem(gate.post("parking/entries", entry_body(elsewhere)), 409, "already_parked")


def test_a_vehicle_may_come_again_when_it_has_left(enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    ids = set()
    for _ in range(3):
        ids.add(enter().json["id"])
        assert leave().status == 201
    assert len(ids) == 3
    assert_problem(leave(), 404, "not_parked")


def test_duration_counts_started_minutes(enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    at = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    for seconds, minutes in ((0, 0), (1, 1), (60, 1), (61, 2), (3_600, 60), (3_600.5, 60)):
        enter(entryTime=at)
        left = leave(exitTime=at + timedelta(seconds=seconds)).json
        assert left["durationMinutes"] == minutes
        assert (left["fee"] or {"breakdown": {"durationMinutes": minutes}})["breakdown"]["durationMinutes"] == minutes


def test_without_a_rate_the_vehicle_leaves_and_the_fee_is_unknown(
    enter: Callable[..., Reply], leave: Callable[..., Reply]
) -> None:
    enter()
    left = leave().json
    assert (left["fee"], left["payment"]) == (None, None)
    assert left["unpricedReason"]


def test_a_place_that_demands_payment_keeps_the_vehicle_until_it_is_paid(
    api: Callable[..., Api], enter: Callable[..., Reply], leave: Callable[..., Reply], manager: Api, yard: UUID
) -> None:
    rate = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    assert manager.post("billing/rates", rate).status == 201
    assert manager.patch(f"parking/locations/{yard}", {"paymentRequired": True}).status == 200
    enter(entryTime=clock.now() - timedelta(minutes=90))
    with nothing_written():
        problem = assert_problem(leave(), 409, "payment_required")
        assert (problem["expectedAmount"], problem["currency"]) == (40, "INR")
        for amount, code in ((20, "underpaid"), (60, "overpaid")):
            assert_problem(leave(payment={"method": "cash", "amount": amount}), 409, code)
    left = leave(payment={"method": "cash", "amount": 40})
    assert (left.status, left.json["payment"]["amount"]) == (201, 40)
    assert left.json["fee"]["totalAmount"] == sum(line["amount"] for line in left.json["fee"]["breakdown"]["lines"])


def test_the_events_tell_what_happened(
    enter: Callable[..., Reply], leave: Callable[..., Reply], acme: TenantRef, yard: UUID
) -> None:
    entered = enter(
        "MH 12 AB 1234",
        headers={"X-Correlation-Id": "camera-7"},
        entryTime="2026-03-01T08:30:00+05:30",
        expectedExitTime="2026-03-01T20:30:00+05:30",
    ).json
    leave(exitTime="2026-03-01T10:00:00+05:30")
    with tenancy.enter(acme):
        come, gone = Event.objects.filter(aggregate_id=entered["id"]).order_by("aggregate_version")
    assert [(event.type, event.aggregate_version) for event in (come, gone)] == [
        ("VehicleEntered", 1),
        ("VehicleExited", 2),
    ]
    same = {
        "entryId": entered["id"],
        "tenantId": str(acme.id),
        "locationId": str(yard),
        "vehicleNumber": "MH 12 AB 1234",
        "vehicleType": "car",
        "entryTime": "2026-03-01T03:00:00Z",
    }
    assert {name: come.data[name] for name in same} == same
    assert {name: gone.data[name] for name in same} == same
    assert come.data["expectedExitTime"] == come.data["allowedUntil"] == "2026-03-01T15:00:00Z"
    assert (gone.data["exitTime"], gone.data["duration"]) == ("2026-03-01T04:30:00Z", 90)
    assert (gone.data["totalFee"], gone.data["currency"]) == (None, "INR")
    assert come.data["occupancy"]["occupied"] == 1
    assert gone.data["occupancy"] == come.data["occupancy"] | {
        "occupied": 0,
        "available": 2,
        "byType": {"car": 0},
        "version": come.data["occupancy"]["version"] + 1,
    }
    assert come.metadata["correlationId"] == "camera-7"
    assert come.metadata["actorName"] == "Operator Of Acme"
    assert gone.metadata["source"] == "parking/user"


def test_what_a_stay_may_last_is_known_at_its_entry(
    enter: Callable[..., Reply], leave: Callable[..., Reply], acme: TenantRef, yard: UUID, manager: Api
) -> None:
    manager.patch(f"parking/locations/{yard}", {"allowedStayMinutes": 90})
    entered = enter(entryTime="2026-03-01T08:00:00Z").json
    assert entered["allowedUntil"] == "2026-03-01T09:30:00Z"
    due = Deadline.objects.filter(subject_id=entered["id"], kind="overstay")
    with tenancy.public():
        assert due.get().due_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        assert due.get().tenant_id == acme.id
    leave()
    with tenancy.public():
        assert not due.exists()


def test_a_stay_is_kept_as_typed_and_by_its_key(enter: Callable[..., Reply], acme: TenantRef) -> None:
    entered = enter(" mh-12 Ao 1234 ").json
    with tenancy.enter(acme):
        stay = ParkingEntry.objects.get(id=entered["id"])
    assert (stay.vehicle_number, stay.plate_key) == ("mh-12 Ao 1234", "MH12A01234")


@pytest.mark.parametrize("source", ["desktop", "web", "mobile", "api"])
def test_an_entry_knows_its_source(enter: Callable[..., Reply], source: str) -> None:
    assert enter(source=source).json["metadata"]["source"] == source
