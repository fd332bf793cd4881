"""Vehicles that leave at once, or leave while they come: one exit, one fee, counters that agree, no deadlock."""

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from apps.billing.models import Payment
from apps.billing.public import NewRates, Plan, TakePayment, create_rates
from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from apps.parking.models import Occupancy, ParkingEntry
from tests.factories.sites import open_location
from tests.races.rivals import Rivals, at_once, gained, held, refusals
from tests.races.yards import books_balance, entry, exit_of

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 8
HOUR = timedelta(hours=1)
ROUNDS = 200


@pytest.fixture
def yard(in_acme: TenantRef) -> UUID:
    """Room for many, at 20.00 an hour for cars."""
    hourly = NewRates(vehicle_type="car", plan=Plan(currency="INR", hourly=2_000))
    create_rates(rates=hourly, actor=SYSTEM, at=clock.now() - timedelta(days=1))
    return open_location(capacity=50)


def test_control_an_exit_that_does_not_look_again_frees_a_place_twice(in_acme: TenantRef, yard: UUID) -> None:
    entry(yard, "MH 1")()
    entry(yard, "MH 2")()
    both_have_read = threading.Barrier(2)

    def leave_unguarded() -> None:
        with transaction.atomic():
            stay = ParkingEntry.objects.get(plate_key="MH1", exit_time=None)
            both_have_read.wait(10)
            stay.exit_time, stay.status = clock.now(), "exited"
            stay.save()
            with connection.cursor() as cursor:
                cursor.execute("UPDATE parking_occupancy SET occupied = occupied - 1")

    assert at_once(in_acme, leave_unguarded, leave_unguarded) == [None, None]
    assert Occupancy.objects.get(location_id=yard).occupied == 0
    assert ParkingEntry.objects.filter(exit_time=None).count() == 1


@pytest.mark.parametrize("by", ["plate", "entry"])
def test_one_vehicle_leaves_by_many_gates_at_once(in_acme: TenantRef, yard: UUID, by: str) -> None:
    stay = entry(yard, "MH 1", entry_time=clock.now() - HOUR / 2)().stay
    entry(yard, "MH 2")()
    leaving = exit_of("MH 1") if by == "plate" else exit_of(entry_id=stay.id)
    rivals = Rivals(in_acme)
    with held(f"SELECT FROM {in_acme.schema}.parking_occupancy FOR UPDATE") as wait_for:
        for _ in range(RIVALS):
            rivals.start(leaving)
        wait_for(RIVALS)
    outcomes = rivals.outcomes()
    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) == ["already_exited"] * (RIVALS - 1)
    assert Occupancy.objects.get(location_id=yard).occupied == 1
    books_balance()


def test_one_exit_reported_by_many_at_once_is_paid_once_and_answered_alike(in_acme: TenantRef, yard: UUID) -> None:
    entry(yard, "MH 1", entry_time=clock.now() - HOUR / 2)()
    cash = TakePayment(method="cash", amount=Decimal(20))
    outcomes = at_once(in_acme, *[exit_of("MH 1", event_id="camera-2:5", payment=cash)] * RIVALS)
    assert refusals(outcomes) == []
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * (RIVALS - 1)
    assert len({(outcome.stay.id, outcome.stay.exit_time) for outcome in outcomes}) == 1
    assert len({outcome.charge.payment.receipt_number for outcome in outcomes}) == 1
    assert Payment.objects.count() == 1
    books_balance()


def test_many_leave_and_pay_at_once_and_each_gets_its_own_receipt(in_acme: TenantRef, yard: UUID) -> None:
    for number in range(RIVALS):
        entry(yard, f"MH {number}", entry_time=clock.now() - HOUR / 2)()
    cash = TakePayment(method="cash", amount=Decimal(20))
    outcomes = at_once(in_acme, *(exit_of(f"MH {number}", payment=cash) for number in range(RIVALS)))
    receipts = sorted(outcome.charge.payment.receipt_number for outcome in outcomes)
    assert [receipt[-6:] for receipt in receipts] == [f"{number:06d}" for number in range(1, RIVALS + 1)]
    books_balance()


def test_one_plate_comes_and_goes_from_two_gates_two_hundred_times(in_acme: TenantRef, yard: UUID) -> None:
    """Entries at one yard and another, exits between them: whoever is late is told so, and nobody waits for ever."""
    elsewhere = open_location(name="South yard", capacity=1)

    def keep_coming() -> list[str]:
        return [told(entry((yard, elsewhere)[number % 2], "MH 1")) for number in range(ROUNDS)]

    def keep_leaving() -> list[str]:
        return [told(exit_of("MH 1")) for _ in range(ROUNDS)]

    came, came_too, left = at_once(in_acme, keep_coming, keep_coming, keep_leaving)
    assert set(came + came_too) <= {"done", "already_parked"}
    assert set(left) <= {"done", "not_parked", "already_exited"}
    entered = (came + came_too).count("done")
    assert Event.objects.filter(type="VehicleEntered").count() == entered
    assert entered - left.count("done") == ParkingEntry.objects.filter(exit_time=None).count() in (0, 1)
    books_balance()


def told(turn: object) -> str:
    try:
        turn()  # type: ignore[operator]
    except DomainError as refusal:
        return refusal.code
    return "done"


def test_a_vehicle_that_comes_back_while_it_leaves_is_never_told_that_the_yard_is_full(
    in_acme: TenantRef, yard: UUID
) -> None:
    """The entry collides with a stay that has ended by the time it looks; it must look again."""
    elsewhere = open_location(name="South yard")
    for _ in range(50):
        entry(yard, "MH 1")()
        comes, _ = at_once(in_acme, lambda: told(entry(elsewhere, "MH 1")), lambda: told(exit_of("MH 1")))
        assert comes in ("done", "already_parked")
        told(exit_of("MH 1"))
    books_balance()


def test_control_counters_locked_in_two_orders_deadlock(in_acme: TenantRef, yard: UUID) -> None:
    """Why the counters' rows are locked in the order of their ids."""
    elsewhere = open_location(name="South yard")
    both_have_one = threading.Barrier(2)

    def lock(first: UUID, second: UUID) -> None:
        with transaction.atomic():
            for number, place in enumerate((first, second)):
                list(Occupancy.objects.select_for_update(of=("self",)).filter(location_id=place))
                if number == 0:
                    both_have_one.wait(10)

    outcomes = at_once(in_acme, lambda: lock(yard, elsewhere), lambda: lock(elsewhere, yard))
    (error,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(error, OperationalError)
    assert isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
