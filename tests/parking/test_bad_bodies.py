"""Bodies that are no JSON, no object, too large, or wrong in their fields: told clearly, and nothing is written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body

CALLS = ["parking/entries", "parking/entries/validate", "parking/exits", "parking/locations", "parking/gates"]
DEEP = 100_000

UNREADABLE = {
    "half an object": b'{"vehicleNumber": "MH 12"',
    "half a wrong object": b'{"vehicleNumbre":',
    "two objects": b"{} {}",
    "a wrong object and more": b'{"a": 1} x',
    "blanks": b"  ",
    "single quotes": b"{'vehicleNumber': 'MH 12'}",
    "a comment": b'{/* plate */ "vehicleNumber": "MH 12"}',
    "NaN": b'{"notes": NaN}',
    "a form": b"vehicleNumber=MH12&vehicleType=car",
    "UTF-16": "{}".encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "invalid UTF-8": b'{"vehicleNumber": "MH \xff\xfe"}',
    "invalid UTF-8 in a wrong field": b'{"x": "\xff"}',
    "half a surrogate pair": b'{"vehicleNumber": "MH \\ud800 12"}',
    "a raw control character": b'{"vehicleNumber": "MH\x0012"}',
    "open brackets without end": b"[" * DEEP,
    "deep arrays": b'{"notes": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"x": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "an integer of 50,000 digits": b'{"vehicleNumber": ' + b"9" * 50_000 + b"}",
    "a number beyond floats": b'{"notes": 1e999999}',
    "null": b"null",
    "a list": b"[]",
    "a text": b'"MH 12"',
    "a number": b"12",
    "true": b"true",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_json_object_is_unreadable(api: Callable[..., Api], yard: UUID, call: str, body: bytes) -> None:
    owner = api("owner")
    with nothing_written():
        assert_problem(owner.post(call, body), 400, "unreadable")


def test_an_unreadable_change_of_a_location_changes_nothing(manager: Api, yard: UUID) -> None:
    with nothing_written():
        assert_problem(manager.patch(f"parking/locations/{yard}", b'{"capacity": 5'), 400, "unreadable")


def test_ten_megabytes_are_too_large(gate: Api, yard: UUID) -> None:
    body = b'{"notes": "' + b"a" * 10_000_000 + b'"}'
    with nothing_written():
        for headers in ({}, {"Idempotency-Key": "large"}):
            assert_problem(gate.post("parking/entries", body, headers=headers), 413, "too_large")


def test_every_missing_unknown_and_wrong_field_is_named_at_once(enter: Callable[..., Reply], gate: Api) -> None:
    body = {"vehicleNumbre": "MH 12", "colour": "red", "vehicleType": 3, "entryTime": "2026-03-01T08:30:00"}
    with nothing_written():
        problem = assert_problem(
            gate.post("parking/entries", body),
            422,
            "invalid",
            vehicleNumbre="unknown_field",
            colour="unknown_field",
            vehicleNumber="required",
            locationId="required",
            vehicleType="invalid",
            entryTime="naive_timestamp",
        )
    assert len(problem["errors"]) == 6
    assert all(error["field"] in problem["detail"] for error in problem["errors"])


def test_an_empty_body_misses_all_that_is_required(gate: Api, yard: UUID) -> None:
    for body in (None, {}):
        assert_problem(
            gate.post("parking/entries", body),
            422,
            "invalid",
            vehicleNumber="required",
            vehicleType="required",
            locationId="required",
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vehicleNumber", 12),
        ("vehicleNumber", None),
        ("vehicleNumber", ["MH 12"]),
        ("vehicleType", {}),
        ("locationId", "north"),
        ("locationId", 7),
        ("gateId", ""),
        ("driverName", "x" * 201),
        ("driverPhone", "9" * 41),
        ("transportName", True),
        ("notes", "x" * 2001),
        ("source", "gate"),
        ("entryTime", 1_767_225_600),
        ("entryTime", "yesterday"),
        ("entryTime", "2026-03-01"),
        ("entryTime", "2026-02-30T08:30:00Z"),
        ("expectedExitTime", "2026-03-01 08:30"),
        ("eventId", ""),
        ("eventId", "x" * 101),
    ],
)
def test_a_field_of_the_wrong_type_or_length_is_named(enter: Callable[..., Reply], field: str, value: Any) -> None:
    with nothing_written():
        problem = assert_problem(enter(**{field: value}), 422, "invalid", **{field: "invalid"})
    assert len(problem["errors"]) == 1


def test_what_an_id_and_an_instant_look_like_is_told(enter: Callable[..., Reply]) -> None:
    with nothing_written():
        refused = enter(locationId="north", entryTime="yesterday")
    problem = assert_problem(refused, 422, "invalid", locationId="invalid", entryTime="invalid")
    messages = {error["field"]: error["message"] for error in problem["errors"]}
    assert messages["locationId"] == "Write an id as the API gives it, like 01a21e6c-084b-7469-a9bb-89c8fc6f4fe3."
    assert messages["entryTime"] == "Write an instant with its offset, like 2026-03-01T08:30:00+05:30."


def test_wrong_fields_within_fields_are_named_by_their_path(manager: Api, in_acme: object) -> None:
    body = {"name": "South yard", "capacity": 5, "position": {"latitude": 91, "longitude": 3}}
    with nothing_written():
        assert_problem(manager.post("parking/locations", body), 422, "invalid", **{"position.latitude": "invalid"})


def test_a_field_given_twice_is_refused_for_readers_differ_in_which_they_take(gate: Api, yard: UUID) -> None:
    fields = f'"vehicleType": "car", "locationId": "{yard}"'
    twice = f'{{"vehicleNumber": "MH 1", {fields}, "vehicleNumber": "MH 2"}}'.encode()
    escaped = f'{{"vehicleNumber": "MH 1", {fields}, "vehicle\\u004eumber": "MH 2"}}'.encode()
    with nothing_written():
        for body in (twice, escaped):
            assert_problem(gate.post("parking/entries", body), 422, "invalid", vehicleNumber="duplicate_field")


def test_a_field_given_twice_deep_within_is_refused_too(manager: Api, in_acme: object) -> None:
    body = b'{"name": "South yard", "capacity": 5, "capacities": {"car": 1, "car": 5}}'
    with nothing_written():
        assert_problem(manager.post("parking/locations", body), 422, "invalid", car="duplicate_field")


def test_thousands_of_wrong_fields_are_not_all_repeated(gate: Api, yard: UUID) -> None:
    strange = b"{" + b",".join(b'"f%d":1' % number for number in range(50_000)) + b"}"
    double = b"{" + b",".join(b'"f%d":1' % (number % 25_000) for number in range(50_000)) + b"}"
    with nothing_written():
        for body in (strange, double):
            problem = assert_problem(gate.post("parking/entries", body), 422, "invalid")
            assert len(problem["errors"]) < 100


@pytest.mark.parametrize("field", ["vehicleNumber", "vehicleType", "driverName", "transportName", "notes", "eventId"])
def test_a_nul_character_is_refused_where_it_stands(enter: Callable[..., Reply], field: str) -> None:
    with nothing_written():
        assert_problem(enter(**{field: "a\0b"}), 422, "invalid", **{field: "nul_character"})


def test_a_nul_character_within_a_field_is_refused(manager: Api, in_acme: object) -> None:
    body = {"name": "South yard", "capacity": 5, "openingHours": {"mon\0": []}}
    with nothing_written():
        assert_problem(manager.post("parking/locations", body), 422, "invalid", openingHours="nul_character")


def test_text_that_only_looks_like_a_nul_character_is_kept(enter: Callable[..., Reply]) -> None:
    entered = enter(notes="\\u0000 is how JSON writes it")
    assert (entered.status, entered.json["notes"]) == (201, "\\u0000 is how JSON writes it")


@pytest.mark.parametrize("capacity", [-1, 1_000_001, 10**30, 2.5, "2", None])
def test_a_capacity_that_is_none_is_refused(manager: Api, yard: UUID, capacity: object) -> None:
    with nothing_written():
        assert manager.post("parking/locations", {"name": "South yard", "capacity": capacity}).status == 422


def test_an_entry_as_it_should_be_is_accepted(gate: Api, yard: UUID) -> None:
    """The control of all of the above."""
    assert gate.post("parking/entries", entry_body(yard)).status == 201
