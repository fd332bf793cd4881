"""Validation says beforehand what recording would say, and writes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import nothing_written

from .conftest import entry_body

FUTURE = clock.now() + timedelta(days=1)
CASES: dict[str, tuple[dict[str, Any], set[tuple[str | None, str]]]] = {
    "all well": ({}, set()),
    "no plate": ({"vehicleNumber": ""}, {("vehicleNumber", "empty")}),
    "unknown type": ({"vehicleType": "spaceship"}, {("vehicleType", "unknown_vehicle_type")}),
    "unknown gate": ({"gateId": str(new_id())}, {("gateId", "unknown_gate")}),
    "in the future": ({"entryTime": FUTURE.isoformat()}, {("entryTime", "in_future")}),
    "parked already": ({"vehicleNumber": "MH 1"}, {("vehicleNumber", "already_parked")}),
    "everything wrong": (
        {"vehicleNumber": "", "vehicleType": "spaceship", "entryTime": FUTURE.isoformat()},
        {("vehicleNumber", "empty"), ("vehicleType", "unknown_vehicle_type"), ("entryTime", "in_future")},
    ),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_it_says_what_recording_says(
    gate: Api, enter: Callable[..., Reply], yard: UUID, change: dict[str, Any], expected: set[tuple[str | None, str]]
) -> None:
    enter("MH 1")
    body = entry_body(yard) | change
    with nothing_written():
        verdict = gate.post("parking/entries/validate", body)
    assert verdict.status == 200
    assert {(error["field"], error["code"]) for error in verdict.json["errors"]} == expected
    recorded = gate.post("parking/entries", body)
    assert verdict.json["valid"] == (recorded.status == 201)
    if expected and recorded.json["errors"]:
        assert {(error["field"], error["code"]) for error in recorded.json["errors"]} == expected


def test_a_full_yard_is_an_error_and_an_overbooked_one_a_warning(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        full = open_location(name="Full yard", capacity=0)
        elastic = open_location(name="Elastic yard", capacity=0, allow_overbooking=True)
    verdict = gate.post("parking/entries/validate", entry_body(full)).json
    assert (verdict["valid"], [error["code"] for error in verdict["errors"]]) == (False, ["location_full"])
    verdict = gate.post("parking/entries/validate", entry_body(elastic)).json
    assert (verdict["valid"], [warning["code"] for warning in verdict["warnings"]]) == (True, ["location_full"])


def test_the_last_places_are_warned_of(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Small yard", capacity=2)
    assert gate.post("parking/entries/validate", entry_body(yard)).json["warnings"] == []
    gate.post("parking/entries", entry_body(yard, "MH 1"))
    verdict = gate.post("parking/entries/validate", entry_body(yard, "MH 2")).json
    assert (verdict["valid"], [warning["code"] for warning in verdict["warnings"]]) == (True, ["nearly_full"])


def test_a_closed_yard_is_an_error_without_a_field(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Sunday yard", timezone="UTC", opening_hours={"sun": [("00:00", "00:00")]})
    body = entry_body(yard, entryTime="2026-03-02T12:00:00Z")
    verdict = gate.post("parking/entries/validate", body).json
    assert [(error["field"], error["code"]) for error in verdict["errors"]] == [(None, "location_closed")]
    assert gate.post("parking/entries", body).code == "location_closed"


def test_it_keeps_no_answer_for_its_answer_is_about_now(gate: Api, enter: Callable[..., Reply], yard: UUID) -> None:
    once = {"Idempotency-Key": "look"}
    assert gate.post("parking/entries/validate", entry_body(yard), headers=once).json["valid"] is True
    enter()
    assert gate.post("parking/entries/validate", entry_body(yard), headers=once).json["valid"] is False
