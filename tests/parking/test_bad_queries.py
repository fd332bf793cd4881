"""Query strings that make no sense: refused by name, in every list alike."""

import base64
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from apps.core.ids import new_id
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

LISTS = ["parking/entries", "parking/locations", "parking/gates", "parking/vehicle-types"]


def cursor_of(*parts: Any) -> str:
    """A cursor as the API encodes them, with whatever in it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


CURSORS = {
    "no base64": "!!!",
    "no ASCII": "ключ",
    "base64 of nothing": "W10",
    "base64 of no JSON": base64.urlsafe_b64encode(b"nonsense").decode(),
    "base64 of deep JSON": base64.urlsafe_b64encode(b"[" * 50_000).decode(),
    "of another list": cursor_of("elsewhere", "2026-03-01T08:30:00Z", new_id()),
    "with too few keys": cursor_of("-entryTime"),
    "with wrong keys": cursor_of("-entryTime", 7, 8),
    "with a naive timestamp": cursor_of("-entryTime", "2026-03-01T08:30:00", new_id()),
    "with NUL": cursor_of("locations", "\0"),
}


@pytest.mark.parametrize("size", ["0", "201", "-1", "many", "1.5", "9" * 5_000])
@pytest.mark.parametrize("call", LISTS)
def test_a_page_has_one_to_two_hundred_rows(gate: Api, yard: UUID, call: str, size: str) -> None:
    assert_problem(gate.get(call, pageSize=size), 422, "invalid", pageSize="invalid")


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("call", LISTS)
def test_a_cursor_that_is_not_of_this_list_is_refused(gate: Api, yard: UUID, call: str, cursor: str) -> None:
    assert_problem(gate.get(call, cursor=cursor), 422, "invalid", cursor="invalid")


def test_a_cursor_is_good_for_its_own_ordering_alone(gate: Api, enter: Callable[..., Reply]) -> None:
    for plate in ("MH 1", "MH 2"):
        enter(plate)
    following = gate.get("parking/entries", pageSize=1).json["nextCursor"]
    assert gate.get("parking/entries", pageSize=1, cursor=following).status == 200
    refused = gate.get("parking/entries", pageSize=1, cursor=following, ordering="entryTime")
    assert_problem(refused, 422, "invalid", cursor="invalid")


@pytest.mark.parametrize("call", [*LISTS, "parking/occupancy"])
def test_an_unknown_parameter_is_refused_rather_than_ignored(gate: Api, yard: UUID, call: str) -> None:
    problem = assert_problem(gate.get(call, colour="red"), 422, "invalid", colour="unknown_field")
    assert "colour is not a field here" in problem["errors"][0]["message"]


def test_a_parameter_given_twice_is_refused(gate: Api, yard: UUID) -> None:
    refused = gate.get("/api/v1/parking/entries?status=parked&status=exited")
    assert_problem(refused, 422, "invalid", status="duplicate_field")


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [
        ("status", "gone", "invalid"),
        ("ordering", "plate", "invalid"),
        ("locationId", "north", "invalid"),
        ("enteredFrom", "2026-03-01T08:30:00", "naive_timestamp"),
        ("enteredTo", "yesterday", "invalid"),
        ("exitedFrom", "2026-03-01", "invalid"),
        ("exitedTo", "2026-03-01T08:30:00", "naive_timestamp"),
        ("minDurationMinutes", "-1", "invalid"),
        ("minDurationMinutes", "9" * 30, "invalid"),
        ("q", " ", "empty"),
        ("q", "x" * 101, "invalid"),
        ("q", "a\0b", "nul_character"),
        ("vehicleNumber", "\0", "nul_character"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(gate: Api, yard: UUID, parameter: str, value: str, code: str) -> None:
    assert_problem(gate.get("parking/entries", **{parameter: value}), 422, "invalid", **{parameter: code})


def test_the_ends_of_time_are_only_instants_and_beyond_them_is_none(gate: Api, enter: Callable[..., Reply]) -> None:
    enter()
    for bound in ("enteredFrom", "enteredTo", "exitedFrom", "exitedTo"):
        for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"):
            assert gate.get("parking/entries", **{bound: at}).status == 200
        for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
            assert_problem(gate.get("parking/entries", **{bound: at}), 422, "invalid", **{bound: "out_of_range"})


def test_an_offset_whose_plus_was_not_escaped_is_understood(gate: Api, enter: Callable[..., Reply]) -> None:
    enter(entryTime="2026-03-01T08:30:00+05:30")
    for spelling in ("2026-03-01T08:30:00 05:30", "2026-03-01T08:30:00+05:30", "2026-03-01T03:00:00Z"):
        assert len(gate.get("parking/entries", enteredFrom=spelling).json["items"]) == 1
    assert gate.get("parking/entries", enteredFrom="2026-03-01T08:30:01 05:30").json["items"] == []


def test_the_occupancy_of_the_future_is_not_known(gate: Api, yard: UUID) -> None:
    for at, code in (("9999-12-31T23:59:59Z", "in_future"), ("2026-03-01T08:30:00", "naive_timestamp")):
        assert_problem(gate.get("parking/occupancy", at=at), 422, "invalid", at=code)
    assert_problem(gate.get("parking/occupancy", locationId=new_id()), 404, "location_not_found")
    assert_problem(gate.get(f"parking/locations/{new_id()}/availability"), 404, "location_not_found")


@pytest.mark.parametrize("offset", ["+16:00", "-16:00", "+22:23", "-23:59"])
def test_an_offset_that_no_zone_has_is_refused(gate: Api, yard: UUID, offset: str) -> None:
    with nothing_written():
        asked = gate.get("parking/occupancy", locationId=yard, at=f"2026-03-01T00:00:00{offset}")
        told = gate.post(
            "parking/entries",
            {
                "vehicleNumber": "KA 1",
                "vehicleType": "car",
                "locationId": yard,
                "entryTime": f"2026-03-01T00:00:00{offset}",
            },
        )

    assert [(error["field"], error["code"]) for error in asked.json["errors"]] == [("at", "out_of_range")]
    assert [(error["field"], error["code"]) for error in told.json["errors"]] == [("entryTime", "out_of_range")]


def test_the_widest_offset_is_taken(gate: Api, yard: UUID) -> None:
    assert gate.get("parking/occupancy", locationId=yard, at="2026-03-01T00:00:00+15:59").status == 200
