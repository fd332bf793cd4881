"""Making, changing and listing locations, gates and vehicle types."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.core import tenancy
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

WHOLE = {
    "shiftRequired": True,
    "name": "Harbour yard",
    "timezone": "Europe/Amsterdam",
    "capacity": 120,
    "capacities": {"truck": 80, "bus": 0},
    "allowOverbooking": True,
    "openingHours": {"fri": [["22:00", "06:00"]], "sun": [["00:00", "00:00"]]},
    "address": "Quay 7\n3011 Rotterdam",
    "position": {"latitude": 51.5, "longitude": 4.25},
    "allowedStayMinutes": 600,
    "paymentRequired": True,
}


def test_a_location_is_answered_as_it_was_made(manager: Api, acme: TenantRef) -> None:
    made = manager.post("parking/locations", WHOLE)
    assert made.status == 201
    assert made.json == WHOLE | {"id": made.json["id"], "version": 1}
    again = manager.get(f"parking/locations/{made.json['id']}")
    assert (again.json, again["ETag"]) == (made.json, made["ETag"])
    assert manager.get("parking/locations").json["items"] == [made.json]


def test_a_location_takes_its_tenants_time_zone_and_the_usual_terms(manager: Api, acme: TenantRef) -> None:
    made = manager.post("parking/locations", {"name": " Plain yard ", "capacity": 5}).json
    assert (made["name"], made["timezone"], made["allowedStayMinutes"]) == ("Plain yard", "Asia/Kolkata", 1440)
    assert (made["capacities"], made["openingHours"], made["position"]) == ({}, {}, None)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, "name", "empty"),
        ({"name": "x" * 201}, "name", "invalid"),
        ({"timezone": "Mars/Olympus"}, "timezone", "unknown"),
        ({"timezone": "../../etc/passwd"}, "timezone", "unknown"),
        ({"timezone": ""}, "timezone", "unknown"),
        ({"capacity": -1}, "capacity", "out_of_range"),
        ({"capacities": {"truck": -1}}, "capacities", "out_of_range"),
        ({"capacities": {"spaceship": 1}}, "capacities", "unknown_vehicle_type"),
        ({"capacities": {"truck": "many"}}, "capacities[...]", "invalid"),
        ({"allowedStayMinutes": 0}, "allowedStayMinutes", "out_of_range"),
        ({"position": {"latitude": 91, "longitude": 0}}, "position.latitude", "invalid"),
        ({"position": {"latitude": 9}}, "position", "invalid"),
        ({"openingHours": {"funday": []}}, "openingHours", "unknown_day"),
        ({"openingHours": {"mon": [["6:30", "22:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["06:30", "24:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["0630Z", "22:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["T0630", "22:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["06+01", "22:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["٠٦:٣٠", "22:00"]]}}, "openingHours", "invalid_time"),
        ({"openingHours": {"mon": [["06:30"]]}}, "openingHours[...][0]", "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused_when_made_and_when_changed(
    manager: Api, yard: UUID, change: dict[str, Any], field: str, code: str
) -> None:
    with nothing_written():
        made = manager.post("parking/locations", {"name": "New yard", "capacity": 5} | change)
        assert_problem(made, 422, "invalid", **{field: code})
        assert_problem(manager.patch(f"parking/locations/{yard}", change), 422, "invalid", **{field: code})


def test_a_name_is_taken_once(manager: Api, yard: UUID, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        other = open_location(name="South yard")
    with nothing_written():
        assert_problem(manager.post("parking/locations", {"name": "North yard ", "capacity": 1}), 409, "name_taken")
        assert_problem(manager.patch(f"parking/locations/{other}", {"name": "North yard"}), 409, "name_taken")


def test_a_change_changes_what_it_names_and_tells_of_it(manager: Api, acme: TenantRef) -> None:
    made = manager.post("parking/locations", WHOLE).json
    changed = manager.patch(f"parking/locations/{made['id']}", {"capacity": 100, "openingHours": {}})
    assert changed.status == 200
    assert changed.json == made | {"capacity": 100, "openingHours": {}, "version": 2}
    with tenancy.enter(acme):
        told = Event.objects.filter(aggregate_id=made["id"]).order_by("aggregate_version")
        assert [event.type for event in told] == ["OccupancyChanged", "OccupancyChanged"]
        assert [event.data["occupancy"]["total"] for event in told] == [120, 100]


def test_null_forgets_the_position_and_nothing_else(manager: Api, acme: TenantRef) -> None:
    made = manager.post("parking/locations", WHOLE).json
    path = f"parking/locations/{made['id']}"
    assert manager.patch(path, {"position": None}).json == made | {"position": None, "version": 2}
    with nothing_written():
        for field in WHOLE.keys() - {"position"}:
            assert_problem(manager.patch(path, {field: None}), 422, "invalid", **{field: "invalid"})


def test_a_lost_update_is_a_412(manager: Api, api: Callable[..., Api], yard: UUID) -> None:
    path = f"parking/locations/{yard}"
    read = manager.get(path)["ETag"]
    assert api("owner").patch(path, {"capacity": 7}, headers={"If-Match": read}).status == 200
    with nothing_written():
        assert_problem(manager.patch(path, {"capacity": 9}, headers={"If-Match": read}), 412, "stale")
    changed = manager.patch(path, {"capacity": 9}, headers={"If-Match": manager.get(path)["ETag"]})
    assert (changed.status, changed.json["capacity"]) == (200, 9)


def test_the_etag_of_an_answer_is_good_for_the_next_change(manager: Api, yard: UUID) -> None:
    path, etag = f"parking/locations/{yard}", "*"
    for capacity in (3, 4, 5):
        changed = manager.patch(path, {"capacity": capacity}, headers={"If-Match": etag})
        assert changed.status == 200
        etag = changed["ETag"]
    assert manager.patch(path, {"capacity": 6}).status == 200


@pytest.mark.parametrize("given", ["3", '"x"', 'W/"1"', '"1", "2"', '"' + "9" * 40 + '"', ""])
def test_an_if_match_that_is_no_etag_is_refused(manager: Api, yard: UUID, given: str) -> None:
    with nothing_written():
        refused = manager.patch(f"parking/locations/{yard}", {"capacity": 9}, headers={"If-Match": given})
        assert_problem(refused, 422, "invalid", **{"If-Match": "invalid"})


def test_vehicles_coming_and_going_do_not_make_an_edit_stale(
    enter: Callable[..., Reply], manager: Api, yard: UUID
) -> None:
    read = manager.get(f"parking/locations/{yard}")["ETag"]
    enter()
    assert manager.patch(f"parking/locations/{yard}", {"capacity": 9}, headers={"If-Match": read}).status == 200


def test_every_tenant_starts_with_the_usual_vehicle_types_in_their_order(api: Callable[..., Api]) -> None:
    for tenant in ("acme", "globex"):
        kinds = api("viewer", tenant).get("parking/vehicle-types").json
        assert [kind["code"] for kind in kinds["items"]] == ["motorcycle", "car", "van", "bus", "truck", "trailer"]
        assert (kinds["total"], kinds["nextCursor"]) == (6, None)


def test_a_tenant_adds_its_own_vehicle_type(manager: Api, api: Callable[..., Api]) -> None:
    made = manager.post("parking/vehicle-types", {"code": "tank-truck"})
    assert (made.status, made.json) == (201, {"code": "tank-truck", "name": "Tank truck"})
    assert manager.get("parking/vehicle-types").json["items"][-1] == made.json
    assert len(api("viewer", "globex").get("parking/vehicle-types").json["items"]) == 6
    assert_problem(manager.post("parking/vehicle-types", {"code": "tank-truck"}), 409, "name_taken")
    assert manager.post("parking/vehicle-types", {"code": "6-wheeler"}).json["name"] == "6 wheeler"


@pytest.mark.parametrize("code", ["", "Truck", "tank truck", "-truck", "x" * 41, "tränk", "car\n"])
def test_a_vehicle_types_code_is_plain(manager: Api, acme: TenantRef, code: str) -> None:
    with nothing_written():
        assert_problem(manager.post("parking/vehicle-types", {"code": code}), 422, "invalid", code="invalid")


def test_gates_are_named_once_in_a_location(manager: Api, yard: UUID, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        elsewhere = open_location(name="South yard")
    for place in (yard, elsewhere):
        made = manager.post("parking/gates", {"locationId": place, "name": "Main", "direction": "entry"})
        assert made.json | {"id": None} == {
            "id": None,
            "locationId": str(place),
            "name": "Main",
            "direction": "entry",
        }
    with nothing_written():
        taken = manager.post("parking/gates", {"locationId": yard, "name": " Main "})
        assert_problem(taken, 409, "name_taken")
        assert_problem(manager.post("parking/gates", {"locationId": yard, "name": " "}), 422, "invalid", name="empty")
        wrong = manager.post("parking/gates", {"locationId": yard, "name": "B", "direction": "up"})
        assert_problem(wrong, 422, "invalid", direction="invalid")
    assert manager.get("parking/gates").json["total"] == 2


@pytest.mark.parametrize("call", ["parking/locations", "parking/gates", "parking/vehicle-types"])
def test_lists_come_in_pages_without_gaps_or_doubles(manager: Api, acme: TenantRef, call: str) -> None:
    with tenancy.enter(acme):
        places = [open_location(name=f"Yard {number:02}") for number in range(6)]
    for number, place in enumerate(places):
        manager.post("parking/gates", {"locationId": place, "name": f"Gate {number % 2}"})
    whole = manager.get(call).json
    assert (len(whole["items"]), whole["nextCursor"]) == (6, None)
    items, cursor = [], ""
    while cursor is not None:
        page = manager.get(call, pageSize=4, **({"cursor": cursor} if cursor else {})).json
        assert page["total"] == 6
        items += page["items"]
        cursor = page["nextCursor"]
    assert items == whole["items"]
