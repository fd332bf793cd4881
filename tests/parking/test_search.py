"""Finding stays: each filter by itself and together, a part of a plate or a name, and a mistyped one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from apps.parking.commands import mark_overstays
from tests.factories.api import Api
from tests.factories.sites import open_location

from .conftest import entry_body

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def found(api: Callable[..., Api], acme: TenantRef, globex: TenantRef) -> Callable[..., list[str]]:
    """Five stays in two yards, and the plates that a search finds, newest first."""
    gate = api("operator")
    with tenancy.enter(acme):
        north, south = (open_location(name=name, capacity=9) for name in ("North yard", "South yard"))
    with tenancy.enter(globex):
        haven = open_location(name="Haven")
    stays: list[tuple[str, UUID, str, int, int | None, str, str]] = [
        ("MH 12 AB 1234", north, "truck", 0, 1, "Ravi Kumar", "Blue Haulage"),
        ("MH 14 CD 5678", north, "car", 1, None, "Asha Patil", ""),
        ("KA 01 EF 9012", south, "truck", 2, 5, "Ravi Menon", "Blue Haulage Co"),
        ("KA 05 GH 3456", south, "van", 3, None, "", "Green Lines"),
        ("DL 3C AB 1299", south, "car", 4, None, "José Núñez", ""),
    ]
    for plate, place, kind, come, gone, driver, haulier in stays:
        body = entry_body(
            place,
            plate,
            vehicleType=kind,
            entryTime=(NOON + come * HOUR).isoformat(),
            expectedExitTime=(NOON + 20 * HOUR).isoformat(),
            driverName=driver,
            transportName=haulier,
        )
        assert gate.post("parking/entries", body).status == 201
        if gone is not None:
            assert gate.post("parking/exits", {"vehicleNumber": plate, "exitTime": NOON + gone * HOUR}).status == 201
    theirs = api("operator", "globex").post(
        "parking/entries", entry_body(haven, "MH 12 AB 1234", driverName="Ravi Kumar")
    )
    assert theirs.status == 201

    def search(**query: Any) -> list[str]:
        answer = gate.get("parking/entries", **{k: str(v) for k, v in query.items()})
        assert answer.status == 200, answer
        assert {item["tenantId"] for item in answer.json["items"]} <= {str(acme.id)}
        return [item["vehicleNumber"][:5] for item in answer.json["items"]]

    search.places = {"north": north, "south": south}  # type: ignore[attr-defined]
    return search


ALL = ["DL 3C", "KA 05", "KA 01", "MH 14", "MH 12"]

FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ALL),
    ({"vehicleNumber": "mh-12 ab1234"}, ["MH 12"]),
    ({"vehicleNumber": "MH 12"}, []),
    ({"status": "parked"}, ["DL 3C", "KA 05", "MH 14"]),
    ({"status": "exited"}, ["KA 01", "MH 12"]),
    ({"status": "overstay"}, []),
    ({"vehicleType": "truck"}, ["KA 01", "MH 12"]),
    ({"vehicleType": "spaceship"}, []),
    ({"transportName": "blue haulage"}, ["MH 12"]),
    ({"driverName": "ravi kumar"}, ["MH 12"]),
    ({"driverName": "ravi"}, []),
    ({"enteredFrom": NOON + HOUR}, ["DL 3C", "KA 05", "KA 01", "MH 14"]),
    ({"enteredTo": NOON + HOUR}, ["MH 12"]),
    ({"enteredFrom": NOON + HOUR, "enteredTo": NOON + 2 * HOUR}, ["MH 14"]),
    ({"exitedFrom": NOON + HOUR}, ["KA 01", "MH 12"]),
    ({"exitedFrom": NOON + 2 * HOUR}, ["KA 01"]),
    ({"exitedTo": NOON + 5 * HOUR}, ["MH 12"]),
    ({"minDurationMinutes": 180, "status": "exited"}, ["KA 01"]),
    ({"minDurationMinutes": 181, "status": "exited"}, []),
    ({"vehicleType": "truck", "status": "exited", "enteredFrom": NOON + HOUR}, ["KA 01"]),
    ({"ordering": "entryTime"}, ALL[::-1]),
    ({"ordering": "-exitTime"}, ["KA 01", "MH 12"]),
    ({"ordering": "exitTime"}, ["MH 12", "KA 01"]),
]

LIKE: list[tuple[str, list[str]]] = [
    ("mh12ab", ["MH 12"]),
    ("AB-12", ["DL 3C", "MH 12"]),
    ("9", ["DL 3C", "KA 01"]),
    ("ravi", ["KA 01", "MH 12"]),
    ("RAVI KUMAR", ["MH 12"]),
    ("haulage", ["KA 01", "MH 12"]),
    ("green", ["KA 05"]),
    ("núñ", ["DL 3C"]),
    ("MH 12 AB 1243", ["MH 12"]),  # two digits swapped
    ("MH 12 A8 1234", ["MH 12"]),  # a look-alike that is none of ours
    ("KA 01 EF 912", ["KA 01"]),  # one left out
    ("Asha Patel", ["MH 14"]),
    ("Gren Lines", ["KA 05"]),
    ("100%", []),
    ("_", []),
    ("zzzzzz", []),
]


@pytest.mark.parametrize(("query", "plates"), FILTERS, ids=lambda value: "-".join(map(str, value)))
def test_a_filter_finds_what_it_says(found: Callable[..., list[str]], query: dict[str, Any], plates: list[str]) -> None:
    assert found(**query) == plates


@pytest.mark.parametrize(("text", "plates"), LIKE)
def test_a_part_or_a_slip_finds_it_too(found: Callable[..., list[str]], text: str, plates: list[str]) -> None:
    hits = found(q=text)
    assert [plate for plate in hits if plate in plates] == plates
    assert len(hits) <= len(plates) + (1 if len(text) > 6 else 0)  # a neighbour of the mistyped plate may come along


def test_a_location_alone(found: Callable[..., list[str]]) -> None:
    places = found.places  # type: ignore[attr-defined]
    assert found(locationId=places["north"]) == ["MH 14", "MH 12"]
    assert found(locationId=places["south"], status="parked") == ["DL 3C", "KA 05"]


def test_parked_includes_overstays_and_overstay_are_those_alone(found: Callable[..., list[str]]) -> None:
    assert mark_overstays(at=NOON + 21 * HOUR) == 3
    assert found(status="parked") == found(status="overstay") == ["DL 3C", "KA 05", "MH 14"]
    assert found(status="exited") == ["KA 01", "MH 12"]


def test_an_empty_parameter_is_none(found: Callable[..., list[str]]) -> None:
    assert found(q="", status="", vehicleNumber="", cursor="") == ALL
