"""Vehicles that come at once: one open stay per plate, never more vehicles than places, one act per report.

Each guard has its control beside it: the same race without the guard, and what it breaks.
"""

import threading
from functools import partial
from itertools import chain
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from apps.parking.commands import LocationDetails, RecordedEntry, add_vehicle_type, change_location
from apps.parking.models import Occupancy, ParkingEntry
from tests.factories.sites import open_location
from tests.races.rivals import Rivals, as_owner, at_once, gained, held, refusals
from tests.races.yards import books_balance, entry, exit_of

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 8


def counters(acme: TenantRef) -> str:
    return f"SELECT FROM {acme.schema}.parking_occupancy FOR UPDATE"


def test_control_without_its_index_a_plate_is_parked_many_times(in_acme: TenantRef) -> None:
    yards = [open_location(name=f"Yard {number}") for number in range(RIVALS)]
    as_owner(f"DROP INDEX {in_acme.schema}.entry_one_open_per_plate")
    at_once(in_acme, *(entry(yard, "MH 12 AB 1234") for yard in yards))
    assert ParkingEntry.objects.filter(plate_key="MH12AB1234", exit_time=None).count() == RIVALS


def test_one_plate_at_many_yards_is_parked_at_one(in_acme: TenantRef) -> None:
    yards = [open_location(name=f"Yard {number}") for number in range(RIVALS)]
    outcomes = at_once(in_acme, *(entry(yard, "MH 12 AB 1234") for yard in yards))
    (parked,) = gained(outcomes)
    assert refusals(outcomes) == ["already_parked"] * (RIVALS - 1)
    told = {outcome.facts["entryId"] for outcome in outcomes if isinstance(outcome, Exception)}
    assert told == {parked.stay.id}
    books_balance()


def test_control_places_that_are_read_before_they_are_taken_are_given_twice(in_acme: TenantRef) -> None:
    yard = open_location(capacity=1)
    all_have_read = threading.Barrier(RIVALS)

    def take_a_place() -> bool:
        with transaction.atomic():
            row = Occupancy.objects.get(location_id=yard)
            free = row.occupied < row.capacity
            all_have_read.wait(10)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE parking_occupancy SET occupied = occupied + 1 WHERE location_id = %s", [yard])
        return free

    assert at_once(in_acme, *[take_a_place] * RIVALS) == [True] * RIVALS
    assert Occupancy.objects.get(location_id=yard).occupied == RIVALS


@pytest.mark.parametrize("places", [1, 3])
def test_twenty_come_for_the_last_places(in_acme: TenantRef, places: int) -> None:
    yard, rivals = open_location(capacity=places), Rivals(in_acme)
    with held(counters(in_acme)) as wait_for:
        for number in range(20):
            rivals.start(entry(yard, f"MH {number}"))
        wait_for(20)
    outcomes = rivals.outcomes()
    assert len(gained(outcomes)) == places
    assert refusals(outcomes) == ["location_full"] * (20 - places)
    books_balance()


def test_the_last_places_of_a_type(in_acme: TenantRef) -> None:
    yard = open_location(capacity=12, capacities={"truck": 2})
    comers = [entry(yard, f"MH {n}", kind="truck" if n % 2 else "car") for n in range(16)]
    outcomes = at_once(in_acme, *comers)
    admitted = [outcome.stay.vehicle_type for outcome in gained(outcomes)]
    assert (admitted.count("truck"), admitted.count("car")) == (2, 8)
    books_balance()


def test_control_without_its_indexes_a_report_is_taken_many_times(in_acme: TenantRef) -> None:
    yard = open_location(capacity=50)
    for index in ("entry_one_open_per_plate", "entry_event_once"):
        as_owner(f"DROP INDEX {in_acme.schema}.{index}")
    at_once(in_acme, *[entry(yard, "MH 1", event_id="camera-1:7")] * RIVALS)
    assert ParkingEntry.objects.filter(event_id="camera-1:7").count() == RIVALS


@pytest.mark.parametrize("without", [None, "entry_one_open_per_plate"])
def test_one_report_sent_ten_times_is_one_stay(in_acme: TenantRef, without: str | None) -> None:
    yard = open_location(capacity=50)
    if without is not None:  # the report's own index is enough
        as_owner(f"DROP INDEX {in_acme.schema}.{without}")
    outcomes: list[RecordedEntry] = at_once(in_acme, *[entry(yard, "MH 1", event_id="camera-1:7")] * 10)
    assert len({outcome.stay.id for outcome in outcomes}) == 1
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 9
    books_balance()


def test_a_report_that_is_used_for_ten_vehicles_is_accepted_for_one(in_acme: TenantRef) -> None:
    yard = open_location(capacity=50)
    outcomes = at_once(in_acme, *(entry(yard, f"MH {number}", event_id="camera-1:7") for number in range(10)))
    assert refusals(outcomes) == ["event_id_reused"] * 9
    books_balance()


def test_control_a_capacity_remembered_is_a_capacity_overrun(in_acme: TenantRef) -> None:
    yard = open_location(capacity=5)
    both_know = threading.Barrier(2)

    def reduce() -> None:
        both_know.wait(10)
        Occupancy.objects.filter(location_id=yard).update(capacity=0)
        both_know.wait(10)

    def admit_by_memory() -> int:
        remembered = Occupancy.objects.get(location_id=yard).capacity
        both_know.wait(10)
        both_know.wait(10)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE parking_occupancy SET occupied = occupied + 1 WHERE location_id = %s AND occupied < %s",
                [yard, remembered],
            )
            return cursor.rowcount

    assert at_once(in_acme, reduce, admit_by_memory) == [None, 1]
    row = Occupancy.objects.get(location_id=yard)
    assert (row.occupied, row.capacity) == (1, 0)


def come_and_go(yard: UUID, plate: str, done: threading.Event) -> list[str]:
    """One vehicle until all is done; the codes of what it was refused."""
    codes = []
    while not done.is_set():
        for turn in (entry(yard, plate), exit_of(plate)):
            try:
                turn()
            except DomainError as refusal:
                codes.append(refusal.code)
    return codes


def test_a_yard_that_changes_all_the_time_never_admits_more_than_it_has(in_acme: TenantRef) -> None:
    yard, done = open_location(capacity=2), threading.Event()

    def change_places() -> None:
        for number in range(60):
            details = LocationDetails(capacity=(1, 4, 0, 2)[number % 4], opening_hours={} if number % 2 else None)
            change_location(location_id=yard, details=details, at=clock.now(), actor=SYSTEM)
        done.set()

    comers = [partial(come_and_go, yard, f"MH {number}", done) for number in range(3)]
    outcomes = at_once(in_acme, change_places, *comers)
    assert set(chain(*outcomes[1:])) <= {"location_full", "not_parked"}  # nobody is asked to try again
    for told in Event.objects.filter(type="VehicleEntered"):
        after = told.data["occupancy"]
        assert after["occupied"] <= after["total"]
    books_balance()


def test_new_vehicle_types_and_vehicles_do_not_lock_each_other_out(in_acme: TenantRef) -> None:
    yards = [open_location(name=f"Yard {number}", capacity=50) for number in range(4)]

    def add_types() -> None:
        for number in range(10):
            add_vehicle_type(code=f"type-{number}", name="")

    def enter_all() -> list[UUID]:
        return [entry(yard, f"KA {number}")().stay.id for number, yard in enumerate(yards * 5)]

    types, stays = at_once(in_acme, add_types, enter_all)
    assert types is None
    assert len(set(stays)) == 20
    books_balance()
