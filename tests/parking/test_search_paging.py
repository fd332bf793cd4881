"""Pages of stays by keyset: complete, without doubles, over ties, while others come and go."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from apps.parking.models import ParkingEntry
from apps.parking.queries.entries import ORDERINGS
from tests.factories.api import Api
from tests.factories.sites import open_location

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STAYS = 23


def past_stay(yard: UUID, number: int, *, minute: int) -> ParkingEntry:
    """A stay that is over; its row is all that a search reads."""
    came = NOON + timedelta(minutes=minute)
    return ParkingEntry(
        id=new_id(),
        location_id=yard,
        vehicle_number=f"MH {number}",
        plate_key=f"MH{number}",
        vehicle_type="car",
        entry_time=came,
        allowed_until=came + timedelta(days=1),
        exit_time=came + timedelta(minutes=10 + number // 7),
        status="exited",
    )


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    """Seven stays came in each minute, so that most of them tie."""
    with tenancy.enter(acme):
        yard = open_location()
        ParkingEntry.objects.bulk_create(past_stay(yard, number, minute=number // 7) for number in range(STAYS))
    return yard


def pages(gate: Api, size: int, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages, each as the next cursor gives it."""
    found, cursor = [], {}
    while True:
        page = gate.get("parking/entries", pageSize=size, **query, **cursor).json
        assert page["total"] is None
        found.append(page["items"])
        if page["nextCursor"] is None:
            return found
        assert len(page["items"]) == size
        cursor = {"cursor": page["nextCursor"]}


@pytest.mark.parametrize("size", [1, 5, 7, STAYS - 1, STAYS, 200])
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_pages_are_the_whole_in_its_order(gate: Api, yard: UUID, ordering: str, size: int) -> None:
    field, downwards = ordering.removeprefix("-"), ordering.startswith("-")
    items = [item for page in pages(gate, size, ordering=ordering) for item in page]
    expected = sorted(items, key=lambda item: (item[field], item["id"]), reverse=downwards)
    assert items == expected
    assert len({item["id"] for item in items}) == STAYS


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_up_and_down_are_each_others_mirror(gate: Api, yard: UUID, ordering: str) -> None:
    other = ordering.removeprefix("-") if ordering.startswith("-") else f"-{ordering}"
    one = [item["id"] for page in pages(gate, 4, ordering=ordering) for item in page]
    assert one == [item["id"] for page in pages(gate, 6, ordering=other) for item in page][::-1]


def test_who_was_there_at_the_first_page_is_seen_once_whatever_comes_meanwhile(
    gate: Api, yard: UUID, acme: TenantRef
) -> None:
    there = {item["id"] for page in pages(gate, 200) for item in page}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for number in range(100, 200):
        page = gate.get("parking/entries", pageSize=3, **cursor).json
        seen += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
        with tenancy.enter(acme):  # one newer and one older than the cursor, and one that ties with the first
            ParkingEntry.objects.bulk_create(past_stay(yard, number, minute=minute) for minute in (999, 0, 3))
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_filters_hold_on_every_page(gate: Api, yard: UUID) -> None:
    from_minute_two = pages(gate, 4, enteredFrom=(NOON + timedelta(minutes=2)).isoformat())
    assert sum(len(page) for page in from_minute_two) == STAYS - 14


def test_an_empty_list_is_one_page(gate: Api, acme: TenantRef) -> None:
    assert pages(gate, 50) == [[]]


def test_the_usual_page_has_fifty_rows(gate: Api, yard: UUID, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        ParkingEntry.objects.bulk_create(past_stay(yard, number, minute=5) for number in range(100, 140))
    page = gate.get("parking/entries").json
    assert len(page["items"]) == 50
    assert page["nextCursor"]
