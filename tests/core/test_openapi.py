"""The served document says what the API really takes and gives."""

import json

import jsonschema
import pytest

from tests.factories.sites import open_location


@pytest.fixture
def document(api):
    return json.loads(
        api().get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).response.content
    )


def test_answers_are_as_described(api, in_acme, document):
    yard = open_location()
    gate = api("operator")
    entered = gate.post("parking/entries", {"vehicleNumber": "KA 1", "vehicleType": "car", "locationId": yard})
    left = gate.post("parking/exits", {"vehicleNumber": "KA 1"})
    refused = gate.post("parking/exits", {"vehicleNumber": "KA 1"})
    occupancy = gate.get("parking/occupancy")
    for answer, name in (
        (entered, "ParkingEntry"),
        (left, "ParkingExit"),
        (refused, "Problem"),
        (occupancy, "OccupancySnapshot"),
    ):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(json.loads(answer.response.content), schema, cls=jsonschema.Draft202012Validator)


def test_money_is_a_number(document):
    assert document["components"]["schemas"]["FeeCalculation"]["properties"]["totalAmount"] == {"type": "number"}


def test_headers_and_common_refusals_are_described(document):
    entries = document["paths"]["/api/v1/parking/entries"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in entries["parameters"]]
    assert {"201", "400", "401", "403", "404", "409", "413", "422", "503"} <= set(entries["responses"])
    change = document["paths"]["/api/v1/parking/locations/{location_id}"]["patch"]
    assert "If-Match" in [parameter["name"] for parameter in change["parameters"]]


def test_a_forgotten_slash_is_added(api):
    for path in ("/gate", "/admin"):
        answer = api().get(path)
        assert (answer.status, answer["Location"]) == (301, f"{path}/")
    assert api().get("/api/docs").status == 200
    assert api().get("/api/nothing").status == 404
