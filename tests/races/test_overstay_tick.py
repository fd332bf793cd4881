"""The overstay tick beside others: each overstay is told of once, and an exit never stumbles over the tick."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.core import clock, tenancy
from apps.core.models import Event
from apps.core.shared.deadlines import list_due
from apps.core.tenancy import TenantRef
from apps.parking.commands import mark_overstays
from apps.parking.commands.overstays import mark_overstays_of_tenant
from apps.parking.models import Occupancy, ParkingEntry
from tests.factories.sites import open_location
from tests.races.rivals import Rivals, at_once, gained, held
from tests.races.yards import books_balance, entry, exit_of

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)


@pytest.fixture
def yards(in_acme: TenantRef) -> list[UUID]:
    return [open_location(name=f"Yard {number}", capacity=100) for number in range(3)]


def late(yard: UUID, plate: str) -> UUID:
    """A vehicle that should have left an hour ago."""
    now = clock.now()
    return entry(yard, plate, entry_time=now - 2 * HOUR, expected_exit_time=now - HOUR)().stay.id


def tick() -> int:
    return mark_overstays(at=clock.now())


def overstays() -> list[UUID]:
    return list(Event.objects.filter(type="OverstayDetected").values_list("aggregate_id", flat=True))


def test_control_two_ticks_find_the_same_stay_due(in_acme: TenantRef, yards: list[UUID]) -> None:
    stay, both_have_looked = late(yards[0], "MH 1"), threading.Barrier(2)

    def look() -> list[UUID]:
        with tenancy.public(), transaction.atomic():
            due = list_due(kind="overstay", at=clock.now(), limit=10)
            both_have_looked.wait(10)
            return due[in_acme.id]

    assert at_once(in_acme, look, look) == [[stay], [stay]]


def test_many_ticks_at_once_tell_of_each_overstay_once(in_acme: TenantRef, yards: list[UUID]) -> None:
    stays = [late(yards[number % 3], f"MH {number}") for number in range(30)]
    marked = at_once(in_acme, *[tick] * 4)
    assert sum(marked) == 30
    assert sorted(overstays()) == sorted(stays)
    assert sum(Occupancy.objects.values_list("overstays", flat=True)) == 30
    books_balance()


def test_ticks_on_the_same_stays_in_any_order_do_not_deadlock(in_acme: TenantRef, yards: list[UUID]) -> None:
    stays = [late(yards[number % 3], f"MH {number}") for number in range(60)]

    def mark(chosen: list[UUID]) -> Callable[[], int]:
        return lambda: sum(
            mark_overstays_of_tenant(entry_ids=chosen[n : n + 6], at=clock.now()) for n in range(0, 60, 6)
        )

    marked = at_once(in_acme, mark(stays), mark(stays[::-1]), mark(stays[::2] + stays[1::2]))
    assert sum(marked) == 60
    books_balance()


def test_control_an_exit_that_forgets_the_tick_leaves_an_overstay_behind(in_acme: TenantRef, yards: list[UUID]) -> None:
    late(yards[0], "MH 1")
    has_read, has_ticked = threading.Event(), threading.Event()

    def leave_unguarded() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            was_overstay = ParkingEntry.objects.get(plate_key="MH1").status == "overstay"
            has_read.set()
            has_ticked.wait(10)
            cursor.execute(
                "UPDATE parking_occupancy SET occupied = occupied - 1, overstays = overstays - %s WHERE occupied > 0",
                [int(was_overstay)],
            )
            cursor.execute("UPDATE parking_parkingentry SET status = 'exited', exit_time = now()")

    def tick_meanwhile() -> None:
        has_read.wait(10)
        tick()
        has_ticked.set()

    assert at_once(in_acme, leave_unguarded, tick_meanwhile) == [None, None]
    row = Occupancy.objects.get(location_id=yards[0])
    assert (row.occupied, row.overstays) == (0, 1)


@pytest.mark.parametrize("first", ["tick", "exit"])
def test_an_exit_and_the_tick_meet(in_acme: TenantRef, yards: list[UUID], first: str) -> None:
    """Both have decided and wait for the counter; whichever gets it first, the vehicle leaves without a refusal."""
    stay = late(yards[0], "MH 1")
    acts = {"tick": tick, "exit": exit_of("MH 1")}
    rivals = Rivals(in_acme)
    with held(f"SELECT FROM {in_acme.schema}.parking_occupancy FOR UPDATE") as wait_for:
        for waiting, name in enumerate(sorted(acts, key=lambda name: name != first), start=1):
            rivals.start(acts[name])
            wait_for(waiting)
    outcomes = rivals.outcomes()
    assert gained(outcomes) == outcomes
    ended = ParkingEntry.objects.get(id=stay)
    assert ended.status == "exited"
    assert overstays() == ([stay] if first == "tick" else [])
    assert (ended.overstayed_at is None) == (first == "exit")
    books_balance()


def test_vehicles_leave_while_ticks_run(in_acme: TenantRef, yards: list[UUID]) -> None:
    plates = [f"MH {number}" for number in range(24)]
    for number, plate in enumerate(plates):
        late(yards[number % 3], plate)

    def leave(some: list[str]) -> Callable[[], None]:
        return lambda: [exit_of(plate)() for plate in some] and None

    outcomes = at_once(in_acme, tick, tick, leave(plates[::3]), leave(plates[1::3]), leave(plates[2::3]))
    assert gained(outcomes) == outcomes
    assert outcomes[0] + outcomes[1] == len(overstays()) == len(set(overstays()))
    assert [(row.occupied, row.overstays) for row in Occupancy.objects.all()] == [(0, 0)] * 3
    books_balance()
