"""Every process remembers what it knew of a location. What it admits on old facts is written by nobody; it looks again.

Here the same process plays both parts: a command that changes a location does not touch what is remembered.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from apps.parking.models import Occupancy
from apps.parking.site_facts import get_site_facts
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

CLOSED = {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
Enter = Callable[..., Reply]


@pytest.fixture
def remembered(enter: Enter, leave: Callable[..., Reply]) -> None:
    """The yard's facts are remembered by this process since a vehicle came and went."""
    enter("MH 0")
    leave("MH 0")


def is_outdated(acme: TenantRef, yard: UUID) -> bool:
    with tenancy.enter(acme):
        present = Occupancy.objects.get(location_id=yard).config_version
        return get_site_facts(yard).config_version < present


def test_an_added_vehicle_type_is_admitted_at_once(
    remembered: None, enter: Enter, manager: Api, acme: TenantRef, yard: UUID
) -> None:
    assert_problem(enter(vehicleType="tank-truck"), 422, "invalid", vehicleType="unknown_vehicle_type")
    manager.post("parking/vehicle-types", {"code": "tank-truck"})
    assert is_outdated(acme, yard)
    assert enter(vehicleType="tank-truck").status == 201


def test_an_added_gate_is_known_at_once(
    remembered: None, enter: Enter, leave: Callable[..., Reply], manager: Api, acme: TenantRef, yard: UUID
) -> None:
    ways = [
        manager.post("parking/gates", {"locationId": yard, "name": name, "direction": name}).json["id"]
        for name in ("entry", "exit")
    ]
    assert is_outdated(acme, yard)
    assert enter(gateId=ways[0]).status == 201
    with nothing_written():
        assert_problem(enter("MH 2", gateId=ways[1]), 422, "invalid", gateId="exit_gate")
    assert leave(gateId=ways[1]).status == 201


def test_a_location_closed_meanwhile_admits_nobody(
    remembered: None, enter: Enter, manager: Api, acme: TenantRef, yard: UUID
) -> None:
    manager.patch(f"parking/locations/{yard}", {"openingHours": CLOSED})
    assert is_outdated(acme, yard)
    with nothing_written():
        assert_problem(enter(), 409, "location_closed")


def test_a_location_opened_meanwhile_admits_at_once(enter: Enter, manager: Api, yard: UUID) -> None:
    manager.patch(f"parking/locations/{yard}", {"openingHours": CLOSED})
    assert enter().code == "location_closed"
    manager.patch(f"parking/locations/{yard}", {"openingHours": {}})
    assert enter().status == 201


def test_a_shorter_stay_holds_for_the_next_vehicle(remembered: None, enter: Enter, manager: Api, yard: UUID) -> None:
    manager.patch(f"parking/locations/{yard}", {"allowedStayMinutes": 5})
    entered = enter(entryTime="2026-03-01T08:00:00Z").json
    assert entered["allowedUntil"] == "2026-03-01T08:05:00Z"


def test_another_time_zone_moves_the_opening_hours(remembered: None, enter: Enter, manager: Api, yard: UUID) -> None:
    early = {day: [["00:00", "06:00"]] for day in CLOSED}
    at = "2026-03-01T08:00:00Z"  # 13:30 in Kolkata, 03:00 in New York
    manager.patch(f"parking/locations/{yard}", {"openingHours": early})
    assert enter(entryTime=at).code == "location_closed"
    manager.patch(f"parking/locations/{yard}", {"timezone": "America/New_York"})
    assert enter(entryTime=at).status == 201


@pytest.mark.parametrize("change", [{"capacity": 0}, {"capacities": {"car": 0}}])
def test_a_reduced_capacity_holds_at_once(
    remembered: None, enter: Enter, manager: Api, acme: TenantRef, yard: UUID, change: dict[str, Any]
) -> None:
    manager.patch(f"parking/locations/{yard}", change)
    assert is_outdated(acme, yard)
    with nothing_written():
        assert_problem(enter(), 409, "location_full")


def test_vehicles_alone_do_not_age_what_is_remembered(
    remembered: None, enter: Enter, acme: TenantRef, yard: UUID
) -> None:
    enter(entryTime=clock.now())
    assert not is_outdated(acme, yard)
