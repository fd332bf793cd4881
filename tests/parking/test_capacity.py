"""Places: in all, for single vehicle types, overbooked, enlarged and reduced."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from apps.parking.models import Occupancy, ParkingEntry
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body


def counted(acme: TenantRef) -> None:
    """Each counter is what the rows say."""
    with tenancy.enter(acme):
        for row in Occupancy.objects.all():
            here = ParkingEntry.objects.filter(location_id=row.location_id, exit_time=None)
            assert row.occupied == here.count()
            assert row.overstays == here.filter(status="overstay").count()
            by_type = {code: here.filter(vehicle_type=code).count() for code in row.by_type}
            assert (row.by_type, sum(by_type.values())) == (by_type, row.occupied)


@pytest.fixture(autouse=True)
def counters_agree(acme: TenantRef) -> Iterator[None]:
    yield
    counted(acme)


def test_a_full_yard_admits_nobody_until_someone_leaves(
    enter: Callable[..., Reply], leave: Callable[..., Reply]
) -> None:
    assert [enter(plate).status for plate in ("MH 1", "MH 2")] == [201, 201]
    with nothing_written():
        problem = assert_problem(enter("MH 3"), 409, "location_full")
    assert (problem["occupied"], problem["total"]) == (2, 2)
    leave("MH 1")
    assert enter("MH 3").status == 201


def test_a_full_type_admits_no_more_of_it_and_others_still(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Mixed yard", capacity=4, capacities={"truck": 1, "bus": 0})

    def enter(plate: str, kind: str) -> Reply:
        return gate.post("parking/entries", entry_body(yard, plate, vehicleType=kind))

    assert enter("MH 1", "truck").status == 201
    with nothing_written():
        assert_problem(enter("MH 2", "truck"), 409, "location_full")
        assert_problem(enter("MH 2", "bus"), 409, "location_full")
    assert [enter(f"MH {number}", "car").status for number in (3, 4, 5)] == [201] * 3
    assert_problem(enter("MH 6", "van"), 409, "location_full")
    gate.post("parking/exits", {"vehicleNumber": "MH 1"})
    assert enter("MH 2", "truck").status == 201


def test_a_type_may_not_have_more_places_than_the_yard(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Mixed yard", capacity=1, capacities={"truck": 10})
    assert gate.post("parking/entries", entry_body(yard, "MH 1", vehicleType="truck")).status == 201
    assert_problem(gate.post("parking/entries", entry_body(yard, "MH 2", vehicleType="truck")), 409, "location_full")


def test_an_overbooked_yard_admits_all_and_says_so(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Elastic yard", capacity=1, capacities={"truck": 0}, allow_overbooking=True)
    for number in range(3):
        assert gate.post("parking/entries", entry_body(yard, f"MH {number}", vehicleType="truck")).status == 201
    here = gate.get("parking/occupancy", locationId=yard).json
    assert (here["occupied"], here["total"], here["available"], here["utilizationRate"]) == (3, 1, 0, 3)


def test_a_yard_without_places_admits_nobody(gate: Api, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location(name="Building site", capacity=0)
    with nothing_written():
        assert_problem(gate.post("parking/entries", entry_body(yard)), 409, "location_full")
    assert gate.get("parking/occupancy", locationId=yard).json["utilizationRate"] == 0


def test_a_reduced_yard_keeps_who_is_there_and_admits_when_enough_have_left(
    enter: Callable[..., Reply], leave: Callable[..., Reply], manager: Api, yard: UUID
) -> None:
    enter("MH 1")
    enter("MH 2")
    assert manager.patch(f"parking/locations/{yard}", {"capacity": 1}).status == 200
    here = manager.get(f"parking/locations/{yard}/availability").json
    assert (here["total"], here["occupied"], here["available"]) == (1, 2, 0)
    assert_problem(enter("MH 3"), 409, "location_full")
    leave("MH 1")
    assert_problem(enter("MH 3"), 409, "location_full")
    leave("MH 2")
    assert enter("MH 3").status == 201


def test_an_enlarged_yard_admits_at_once(enter: Callable[..., Reply], manager: Api, yard: UUID) -> None:
    for number in (1, 2):
        enter(f"MH {number}")
    assert_problem(enter("MH 3"), 409, "location_full")
    manager.patch(f"parking/locations/{yard}", {"capacity": 3})
    assert enter("MH 3").status == 201
    assert_problem(enter("MH 4"), 409, "location_full")
    manager.patch(f"parking/locations/{yard}", {"allowOverbooking": True})
    assert enter("MH 4").status == 201


def test_a_refused_exit_frees_no_place(enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    enter("MH 1")
    enter("MH 2")
    assert_problem(leave("MH 1", payment={"method": "cash", "amount": 5}), 409, "fee_unknown")
    assert_problem(enter("MH 3"), 409, "location_full")


def test_parked_already_is_told_before_full(enter: Callable[..., Reply]) -> None:
    enter("MH 1")
    enter("MH 2")
    assert_problem(enter("MH 1"), 409, "already_parked")
