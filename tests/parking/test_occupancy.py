"""How full the yards are: now, by availability, remembered, and in the past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core import clock, tenancy
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from apps.parking.models import Occupancy
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location

from .conftest import entry_body

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def south(acme: TenantRef) -> UUID:
    """A second yard with a limit for trucks."""
    with tenancy.enter(acme):
        return open_location(name="South yard", capacity=8, capacities={"truck": 3})


def test_an_empty_tenant_has_an_empty_occupancy(gate: Api) -> None:
    whole = gate.get("parking/occupancy").json
    assert whole.pop("asOf")
    assert whole == {
        "total": 0,
        "occupied": 0,
        "available": 0,
        "utilizationRate": 0,
        "overstays": 0,
        "byVehicleType": [],
        "locations": [],
        "version": 0,
    }


def test_the_whole_is_the_sum_of_its_yards(gate: Api, enter: Callable[..., Reply], yard: UUID, south: UUID) -> None:
    enter("MH 1")
    for number, kind in enumerate(("car", "truck", "truck")):
        gate.post("parking/entries", entry_body(south, f"KA {number}", vehicleType=kind))
    whole = gate.get("parking/occupancy").json
    assert (whole["total"], whole["occupied"], whole["available"], float(whole["utilizationRate"])) == (10, 4, 6, 0.4)
    assert [(kind["vehicleType"], kind["occupied"]) for kind in whole["byVehicleType"]] == [("car", 2), ("truck", 2)]
    north, there = whole["locations"]
    assert (north["name"], north["total"], north["occupied"], float(north["utilizationRate"])) == (
        "North yard",
        2,
        1,
        0.5,
    )
    assert there["byVehicleType"] == [
        {"vehicleType": "car", "occupied": 1, "capacity": None},
        {"vehicleType": "truck", "occupied": 2, "capacity": 3},
    ]
    assert gate.get("parking/occupancy", locationId=south).json["locations"] == [there]


def test_availability_of_one_yard(gate: Api, south: UUID) -> None:
    gate.post("parking/entries", entry_body(south, vehicleType="truck"))
    here = gate.get(f"parking/locations/{south}/availability").json
    assert here.pop("asOf")
    assert here == {
        "locationId": str(south),
        "total": 8,
        "occupied": 1,
        "reserved": 0,
        "available": 7,
        "byVehicleType": [{"vehicleType": "truck", "occupied": 1, "capacity": 3}],
    }


def test_every_change_raises_the_version_and_is_read_at_once(
    gate: Api, manager: Api, enter: Callable[..., Reply], leave: Callable[..., Reply], yard: UUID
) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: enter("MH 1"),
        lambda: enter("MH 2"),
        lambda: leave("MH 1"),
        lambda: manager.patch(f"parking/locations/{yard}", {"capacity": 7}),
    ]
    seen = [gate.get("parking/occupancy", locationId=yard).json]
    for act in acts:
        act()
        seen.append(gate.get("parking/occupancy", locationId=yard).json)
        assert gate.get("parking/occupancy", locationId=yard).json == seen[-1]
    assert [view["occupied"] for view in seen] == [0, 1, 2, 1, 1]
    versions = [view["locations"][0]["version"] for view in seen]
    assert versions == sorted(set(versions))


def test_a_refusal_raises_no_version(gate: Api, enter: Callable[..., Reply], yard: UUID) -> None:
    enter("MH 1")
    before = gate.get("parking/occupancy").json["version"]
    assert enter("MH 1").status == 409
    client().flushdb()
    assert gate.get("parking/occupancy").json["version"] == before


def test_what_is_remembered_for_one_tenant_is_not_shown_to_another(
    gate: Api, api: Callable[..., Api], enter: Callable[..., Reply], globex: TenantRef
) -> None:
    with tenancy.enter(globex):
        open_location(name="Haven", capacity=50)
    enter()
    for _ in range(2):  # the second answer comes from memory
        assert gate.get("parking/occupancy").json["total"] == 2
        assert api("operator", "globex").get("parking/occupancy").json["total"] == 50


def test_remembered_and_read_are_the_same(gate: Api, enter: Callable[..., Reply], acme: TenantRef, yard: UUID) -> None:
    enter()
    remembered = gate.get("parking/occupancy").json
    client().flushdb()
    read = gate.get("parking/occupancy").json
    assert read | {"asOf": None} == remembered | {"asOf": None}
    with tenancy.enter(acme):
        assert Occupancy.objects.get(location_id=yard).version == read["version"]


def test_the_past_is_counted_from_the_stays(
    gate: Api, enter: Callable[..., Reply], leave: Callable[..., Reply]
) -> None:
    def hour(number: int) -> datetime:
        return NOON + timedelta(hours=number)

    enter("MH 1", entryTime=hour(0), vehicleType="truck")
    enter("MH 2", entryTime=hour(1), expectedExitTime=hour(2))
    leave("MH 1", exitTime=hour(3))

    def at(instant: datetime) -> tuple[int, int, dict[str, int]]:
        then = gate.get("parking/occupancy", at=instant.isoformat()).json
        return then["occupied"], then["overstays"], {k["vehicleType"]: k["occupied"] for k in then["byVehicleType"]}

    tick = timedelta(microseconds=1)
    assert at(hour(0) - tick) == (0, 0, {})
    assert at(hour(0)) == (1, 0, {"truck": 1})
    assert at(hour(1)) == (2, 0, {"car": 1, "truck": 1})
    assert at(hour(2)) == (2, 1, {"car": 1, "truck": 1})
    assert at(hour(3) - tick) == (2, 1, {"car": 1, "truck": 1})
    assert at(hour(3)) == (1, 1, {"car": 1})


def test_the_past_up_to_now_is_the_present(gate: Api, enter: Callable[..., Reply], leave: Callable[..., Reply]) -> None:
    enter("MH 1")
    leave("MH 1")
    enter("MH 2")
    then = gate.get("parking/occupancy", at=clock.now().isoformat()).json
    present = gate.get("parking/occupancy").json
    for name in ("total", "occupied", "available", "byVehicleType"):
        assert then[name] == present[name]


def test_the_past_of_one_yard_leaves_the_others_out(
    gate: Api, enter: Callable[..., Reply], yard: UUID, south: UUID
) -> None:
    enter("MH 1", entryTime=NOON)
    gate.post("parking/entries", entry_body(south, "KA 1", entryTime=NOON.isoformat()))
    then = gate.get("parking/occupancy", at=NOON.isoformat(), locationId=south).json
    assert (then["occupied"], [place["name"] for place in then["locations"]]) == (1, ["South yard"])
