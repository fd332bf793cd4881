"""Entries that make no sense: each refused for its reason, with nothing written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from apps.parking.commands import add_gate
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body

PLATES = {
    "empty": ("", "empty"),
    "blanks": ("   ", "empty"),
    "dashes alone": ("- - -", "empty"),
    "500 characters": ("A" * 500, "too_long"),
    "33 characters": ("A" * 33, "too_long"),
    "21 letters": ("A" * 21, "too_long"),
    "Arabic": ("٤٥ س ج د", "right_to_left"),
    "Hebrew": ("12-אבג-34", "right_to_left"),
    "Latin behind a right-to-left mark": ("\u200fMH 12", "right_to_left"),
    "Latin turned around": ("\u202eMH 12 AB\u202c", "right_to_left"),
    "a zero-width space": ("MH\u200b12", "unprintable"),
    "a bell": ("MH\a12", "unprintable"),
    "a private character": ("MH\ue00012", "unprintable"),
}


@pytest.mark.parametrize(("plate", "code"), PLATES.values(), ids=PLATES)
def test_a_plate_that_is_none_is_refused(enter: Callable[..., Reply], plate: str, code: str) -> None:
    with nothing_written():
        assert_problem(enter(plate), 422, "invalid", vehicleNumber=code)


def test_the_longest_plate_is_accepted(enter: Callable[..., Reply]) -> None:
    assert enter("-".join("ABCDEFGH1234")).status == 201
    assert enter("Z" * 20).status == 201


def test_an_unknown_vehicle_type_is_refused_and_the_known_ones_are_named(enter: Callable[..., Reply]) -> None:
    for code in ("spaceship", "", "CAR", "x" * 500):
        with nothing_written():
            problem = assert_problem(enter(vehicleType=code), 422, "invalid", vehicleType="unknown_vehicle_type")
        assert "bus, car, motorcycle, trailer, truck, van" in problem["detail"]
        assert len(problem["detail"]) < 250


def test_an_entry_in_the_future_is_refused(enter: Callable[..., Reply]) -> None:
    for at in (clock.now() + timedelta(minutes=2), "9999-12-31T23:59:59Z"):
        with nothing_written():
            assert_problem(enter(entryTime=at), 422, "invalid", entryTime="in_future")


def test_a_gate_whose_clock_runs_a_little_ahead_is_believed(enter: Callable[..., Reply]) -> None:
    assert enter(entryTime=clock.now() + timedelta(seconds=30)).status == 201


def test_an_entry_of_the_last_century_is_a_broken_clock(enter: Callable[..., Reply]) -> None:
    for at in ("1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        with nothing_written():
            assert_problem(enter(entryTime=at), 422, "invalid", entryTime="too_old")


@pytest.mark.parametrize("field", ["entryTime", "expectedExitTime"])
def test_a_naive_timestamp_is_refused_with_the_way_to_write_it(enter: Callable[..., Reply], field: str) -> None:
    with nothing_written():
        problem = assert_problem(enter(**{field: "2026-03-01T08:30:00"}), 422, "invalid", **{field: "naive_timestamp"})
    assert "+05:30" in problem["errors"][0]["message"]


def test_an_exit_expected_before_the_entry_is_refused(enter: Callable[..., Reply]) -> None:
    now = clock.now()
    for expected in (now - timedelta(hours=1), now, "0001-01-01T00:00:00Z"):
        with nothing_written():
            refused = enter(entryTime=now, expectedExitTime=expected)
            assert_problem(refused, 422, "invalid", expectedExitTime="before_entry")


def test_an_exit_expected_in_a_generation_is_refused(enter: Callable[..., Reply]) -> None:
    for expected in (clock.now() + timedelta(days=3654), "9999-12-31T23:59:59Z"):
        with nothing_written():
            assert_problem(enter(expectedExitTime=expected), 422, "invalid", expectedExitTime="too_far")


@pytest.mark.parametrize("field", ["entryTime", "expectedExitTime"])
@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.9-00:01"]
)
def test_an_instant_outside_of_all_years_is_refused(enter: Callable[..., Reply], field: str, at: str) -> None:
    with nothing_written():
        assert_problem(enter(**{field: at}), 422, "invalid", **{field: "out_of_range"})


def test_several_wrong_values_are_named_at_once(enter: Callable[..., Reply]) -> None:
    with nothing_written():
        assert_problem(
            enter("", vehicleType="spaceship", gateId=new_id(), entryTime=clock.now() + timedelta(days=1)),
            422,
            "invalid",
            vehicleNumber="empty",
            vehicleType="unknown_vehicle_type",
            gateId="unknown_gate",
            entryTime="in_future",
        )


def test_a_location_that_is_not_there_is_not_found(gate: Api, yard: UUID) -> None:
    for call in ("parking/entries", "parking/entries/validate"):
        with nothing_written():
            assert_problem(gate.post(call, entry_body(new_id())), 404, "location_not_found")


def test_a_location_of_another_tenant_is_not_found(gate: Api, yard: UUID, globex: TenantRef) -> None:
    with tenancy.enter(globex):
        theirs = open_location(name="Haven", capacity=5)
    for call in ("parking/entries", "parking/entries/validate"):
        with nothing_written():
            assert_problem(gate.post(call, entry_body(theirs)), 404, "location_not_found")


def test_a_gate_must_be_one_of_the_location_and_for_entries(
    enter: Callable[..., Reply], yard: UUID, globex: TenantRef, in_acme: TenantRef
) -> None:
    elsewhere = add_gate(location_id=open_location(name="South yard"), name="A", direction="both").id
    way_out = add_gate(location_id=yard, name="Out", direction="exit").id
    with tenancy.enter(globex):
        theirs = add_gate(location_id=open_location(name="Haven"), name="A", direction="both").id
    for gate_id, code in ((elsewhere, "unknown_gate"), (theirs, "unknown_gate"), (way_out, "exit_gate")):
        with nothing_written():
            assert_problem(enter(gateId=gate_id), 422, "invalid", gateId=code)
    way_in = add_gate(location_id=yard, name="In", direction="entry").id
    entered = enter(gateId=way_in)
    assert (entered.status, entered.json["metadata"]["gateId"]) == (201, str(way_in))


def test_ids_that_are_no_uuid_are_not_found(gate: Api, yard: UUID) -> None:
    for path in ("entries/1", "entries/x/overstay", "entries/%00", f"entries/{yard}x", "locations/north/availability"):
        assert_problem(gate.get(f"parking/{path}"), 404, "not_found")
    assert_problem(gate.get(f"parking/entries/{new_id()}"), 404, "entry_not_found")
    assert_problem(gate.get(f"parking/entries/{new_id()}/overstay"), 404, "entry_not_found")


@pytest.mark.parametrize("strange", ["'; DROP TABLE parking_parkingentry; --", "{{7*7}}", "%s", "<script>", "🚚"])
def test_strange_text_is_kept_as_it_is(enter: Callable[..., Reply], gate: Api, strange: str) -> None:
    entered = enter(driverName=strange, notes=strange).json
    shown: dict[str, Any] = gate.get(f"parking/entries/{entered['id']}").json
    assert (shown["driverName"], shown["notes"]) == (strange, strange)
    assert gate.get("parking/entries", driverName=strange).json["items"] == [shown]
