"""A vehicle comes and goes, over the API."""

import pytest

from apps.core import clock
from tests.factories.sites import open_location


@pytest.fixture
def yard(in_acme):
    return open_location(name="North yard", capacity=2)


def test_a_vehicle_comes_and_goes(api, yard):
    gate = api("operator")
    entered = gate.post("parking/entries", {"vehicleNumber": "MH 12-AB 1234", "vehicleType": "truck", "locationId": yard})
    assert entered.status == 201, entered
    assert entered.json["status"] == "parked"
    assert gate.get("parking/occupancy").json["occupied"] == 1
    again = gate.post("parking/entries", {"vehicleNumber": "mh12ab1234", "vehicleType": "truck", "locationId": yard})
    assert (again.status, again.code) == (409, "already_parked")
    assert again.json["entryId"] == entered.json["id"]
    left = gate.post("parking/exits", {"vehicleNumber": "MH12AB1234"})
    assert left.status == 201, left
    assert left.json["entry"]["status"] == "exited"
    assert gate.get("parking/occupancy").json["occupied"] == 0
    found = gate.get("parking/entries", q="mh12ab12")
    assert [item["id"] for item in found.json["items"]] == [entered.json["id"]]
    assert gate.get(f"parking/entries/{entered.json['id']}/overstay").json["isOverstay"] is False
    assert clock.now()
