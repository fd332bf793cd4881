"""Exits that make no sense: each refused for its reason, with nothing written and the vehicle still there."""

from collections.abc import Callable
from datetime import timedelta
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

HOUR = timedelta(hours=1)


@pytest.fixture
def parked(enter: Callable[..., Reply]) -> UUID:
    """MH 12 AB 1234, in since an hour."""
    entered = enter(entryTime=clock.now() - HOUR)
    assert entered.status == 201
    return UUID(entered.json["id"])


def test_an_exit_before_its_entry_is_refused(leave: Callable[..., Reply], parked: UUID) -> None:
    for at in (clock.now() - 2 * HOUR, "2000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"):
        with nothing_written():
            assert_problem(leave(exitTime=at), 422, "invalid", exitTime="exit_before_entry")


def test_an_exit_in_the_future_is_refused(leave: Callable[..., Reply], parked: UUID) -> None:
    for at in (clock.now() + timedelta(minutes=2), "9999-12-31T23:59:59Z"):
        with nothing_written():
            assert_problem(leave(exitTime=at), 422, "invalid", exitTime="in_future")


def test_an_exit_outside_of_all_years_is_refused(leave: Callable[..., Reply], parked: UUID) -> None:
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        with nothing_written():
            assert_problem(leave(exitTime=at), 422, "invalid", exitTime="out_of_range")


def test_a_naive_exit_time_is_refused(leave: Callable[..., Reply], parked: UUID) -> None:
    with nothing_written():
        assert_problem(leave(exitTime="2026-03-01T08:30:00"), 422, "invalid", exitTime="naive_timestamp")


def test_an_exit_at_the_very_moment_of_the_entry_is_accepted(
    enter: Callable[..., Reply], leave: Callable[..., Reply]
) -> None:
    at = clock.now()
    enter(entryTime=at)
    left = leave(exitTime=at)
    assert (left.status, left.json["durationMinutes"]) == (201, 0)


def test_the_vehicle_must_be_named(gate: Api, parked: UUID) -> None:
    with nothing_written():
        assert_problem(gate.post("parking/exits", {}), 422, "invalid", vehicleNumber="required")


@pytest.mark.parametrize(("plate", "code"), [("", "empty"), ("A" * 500, "too_long"), ("אבג", "right_to_left")])
def test_a_plate_that_is_none_is_refused(leave: Callable[..., Reply], parked: UUID, plate: str, code: str) -> None:
    with nothing_written():
        assert_problem(leave(plate), 422, "invalid", vehicleNumber=code)


def test_a_vehicle_that_is_not_there_is_not_parked(leave: Callable[..., Reply], parked: UUID) -> None:
    with nothing_written():
        assert_problem(leave("KA 01 ZZ 9999"), 404, "not_parked")
        assert_problem(leave(None, entryId=new_id()), 404, "not_parked")


def test_a_vehicle_that_has_left_is_not_parked_and_its_entry_has_exited(
    leave: Callable[..., Reply], parked: UUID
) -> None:
    assert leave().status == 201
    with nothing_written():
        assert_problem(leave(), 404, "not_parked")
        assert assert_problem(leave(None, entryId=parked), 409, "already_exited")["entryId"] == str(parked)


def test_plate_and_entry_must_be_of_one_vehicle(leave: Callable[..., Reply], parked: UUID) -> None:
    with nothing_written():
        assert_problem(leave("KA 01", entryId=parked), 422, "invalid", vehicleNumber="other_vehicle")
    assert leave("mh12-ab1234", entryId=parked).status == 201


def test_a_vehicle_leaves_where_it_stands(
    leave: Callable[..., Reply], parked: UUID, yard: UUID, in_acme: TenantRef
) -> None:
    elsewhere = open_location(name="South yard")
    with nothing_written():
        problem = assert_problem(leave(locationId=elsewhere), 409, "parked_elsewhere")
    assert (problem["entryId"], problem["locationId"]) == (str(parked), str(yard))
    assert leave(locationId=yard).status == 201


def test_a_location_of_another_tenant_is_not_found(
    leave: Callable[..., Reply], parked: UUID, globex: TenantRef
) -> None:
    with tenancy.enter(globex):
        theirs = open_location(name="Haven")
    for location_id in (theirs, new_id()):
        with nothing_written():
            assert_problem(leave(locationId=location_id), 404, "location_not_found")


def test_a_gate_must_be_one_of_the_location_and_for_exits(
    leave: Callable[..., Reply], parked: UUID, yard: UUID, globex: TenantRef, in_acme: TenantRef
) -> None:
    elsewhere = add_gate(location_id=open_location(name="South yard"), name="A", direction="both").id
    way_in = add_gate(location_id=yard, name="In", direction="entry").id
    with tenancy.enter(globex):
        theirs = add_gate(location_id=open_location(name="Haven"), name="A", direction="both").id
    for gate_id, code in ((elsewhere, "unknown_gate"), (theirs, "unknown_gate"), (way_in, "entry_gate")):
        with nothing_written():
            assert_problem(leave(gateId=gate_id), 422, "invalid", gateId=code)
    way_out = add_gate(location_id=yard, name="Out", direction="exit").id
    assert leave(gateId=way_out).status == 201


@pytest.mark.parametrize(
    "payment",
    [
        {"method": "cash"},
        {"amount": 20},
        {"method": "shells", "amount": 20},
        {"method": "cash", "amount": "twenty"},
        {"method": "cash", "amount": 20, "change": 5},
        [],
        "cash",
    ],
)
def test_a_payment_that_is_none_is_refused(leave: Callable[..., Reply], parked: UUID, payment: object) -> None:
    with nothing_written():
        problem = assert_problem(leave(payment=payment), 422, "invalid")
    assert [error["field"].split(".")[0] for error in problem["errors"]] == ["payment"]


def test_another_tenants_vehicle_is_not_parked(
    api: Callable[..., Api], leave: Callable[..., Reply], globex: TenantRef, yard: UUID
) -> None:
    with tenancy.enter(globex):
        theirs = open_location(name="Haven")
    entered = api("operator", "globex").post("parking/entries", entry_body(theirs, "RO 55 XX"))
    assert entered.status == 201
    with nothing_written():
        assert_problem(leave("RO 55 XX"), 404, "not_parked")
        assert_problem(leave(None, entryId=entered.json["id"]), 404, "not_parked")
