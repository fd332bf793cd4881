"""The gate's own `eventId`: a report that comes again is answered as before and does nothing."""

from collections.abc import Callable
from uuid import UUID

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body


def test_an_entry_reported_twice_is_one_entry(enter: Callable[..., Reply]) -> None:
    first = enter(eventId="camera-1:77", driverName="Asha")
    with nothing_written():
        again = enter("mh12ab1234", eventId="camera-1:77", driverName="Asha")
    assert (again.status, again.json, again["Idempotent-Replay"]) == (201, first.json, "true")
    assert "Idempotent-Replay" not in first.response.headers


def test_an_entry_reported_again_after_the_exit_does_not_park_the_vehicle_again(
    enter: Callable[..., Reply], leave: Callable[..., Reply], gate: Api
) -> None:
    first = enter(eventId="camera-1:77")
    leave()
    with nothing_written():
        again = enter(eventId="camera-1:77")
    assert (again.status, again.json["id"], again.json["status"]) == (201, first.json["id"], "exited")
    assert gate.get("parking/occupancy").json["occupied"] == 0


def test_an_entry_reported_again_is_known_even_when_the_yard_is_full(enter: Callable[..., Reply]) -> None:
    first = enter("MH 1", eventId="camera-1:1")
    enter("MH 2", eventId="camera-1:2")
    assert_problem(enter("MH 3", eventId="camera-1:3"), 409, "location_full")
    assert enter("MH 1", eventId="camera-1:1").json == first.json


def test_an_entry_refused_before_may_be_reported_again(
    enter: Callable[..., Reply], leave: Callable[..., Reply]
) -> None:
    enter("MH 1")
    enter("MH 2")
    assert enter("MH 3", eventId="camera-1:3").status == 409
    leave("MH 1")
    assert enter("MH 3", eventId="camera-1:3").status == 201


def test_an_event_id_belongs_to_one_plate_and_one_location(
    enter: Callable[..., Reply], gate: Api, acme: TenantRef
) -> None:
    with tenancy.enter(acme):
        elsewhere = open_location(name="South yard")
    enter("MH 1", eventId="camera-1:77")
    with nothing_written():
        assert_problem(enter("MH 2", eventId="camera-1:77"), 422, "event_id_reused", eventId="event_id_reused")
        other = gate.post("parking/entries", entry_body(elsewhere, "MH 1", eventId="camera-1:77"))
        assert_problem(other, 422, "event_id_reused")


def test_an_exit_reported_twice_is_one_exit(enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    enter()
    first = leave(eventId="camera-2:5")
    with nothing_written():
        again = leave(eventId="camera-2:5")
        by_entry = leave(None, entryId=first.json["entry"]["id"], eventId="camera-2:5")
    assert (again.status, again.json, again["Idempotent-Replay"]) == (201, first.json, "true")
    assert by_entry.json == first.json


def test_an_exit_with_its_payment_reported_twice_is_paid_once(
    enter: Callable[..., Reply], leave: Callable[..., Reply], manager: Api
) -> None:
    manager.post(
        "billing/rates", {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    )
    enter(entryTime="2026-03-01T08:00:00Z")
    paid = {"exitTime": "2026-03-01T09:30:00Z", "payment": {"method": "cash", "amount": 40}, "eventId": "till-1"}
    first = leave(**paid)
    assert first.status == 201
    with nothing_written():
        assert leave(**paid).json == first.json


def test_an_exit_reported_again_does_not_end_the_next_stay(
    enter: Callable[..., Reply], leave: Callable[..., Reply], gate: Api
) -> None:
    enter()
    first = leave(eventId="camera-2:5")
    enter()
    with nothing_written():
        assert leave(eventId="camera-2:5").json == first.json
    assert gate.get("parking/occupancy").json["occupied"] == 1


def test_an_exits_event_id_belongs_to_one_vehicle(
    enter: Callable[..., Reply], leave: Callable[..., Reply], acme: TenantRef
) -> None:
    with tenancy.enter(acme):
        elsewhere = open_location(name="South yard")
    enter("MH 1")
    second = enter("MH 2").json
    leave("MH 1", eventId="camera-2:5")
    with nothing_written():
        for reused in (
            leave("MH 2", eventId="camera-2:5"),
            leave(None, entryId=second["id"], eventId="camera-2:5"),
            leave("MH 1", locationId=elsewhere, eventId="camera-2:5"),
        ):
            assert_problem(reused, 422, "event_id_reused", eventId="event_id_reused")


def test_entries_and_exits_have_ids_of_their_own(enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    enter(eventId="1")
    assert leave(eventId="1").status == 201


def test_the_longest_event_id_is_kept_whole(enter: Callable[..., Reply], yard: UUID) -> None:
    stem = "x" * 99
    assert enter("MH 1", eventId=stem + "1").status == 201
    assert enter("MH 2", eventId=stem + "2").status == 201
