"""What happens at once: receipts, payments of a debt, changes of a rate. A race is first shown without its lock."""

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from apps.billing.commands.payments import take_payment
from apps.billing.commands.rates import RateChanges, update_parking_rates
from apps.billing.models import Payment, RateStructure, ReceiptSequence, StayFee
from apps.billing.public import AlreadyCharged, TakePayment
from apps.core import tenancy
from apps.core.errors import Conflict, Stale
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 6


def at_once(tenant: TenantRef, work: Callable[[int], Any]) -> list[Any]:
    """Let rivals do the same work at the same moment, each on its own connection; their answers or refusals."""
    start = threading.Barrier(RIVALS)
    outcomes: list[Any] = [None] * RIVALS

    def rival(number: int) -> None:
        try:
            with tenancy.enter(tenant):
                connection.ensure_connection()
                start.wait(10)
                outcomes[number] = work(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=rival, args=(number,)) for number in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_control_numbers_taken_without_the_lock_collide(in_acme: TenantRef) -> None:
    ReceiptSequence.objects.create(year=2026, last=1)
    seen = threading.Barrier(RIVALS)

    def number_without_lock(_: int) -> int:
        with transaction.atomic():
            last = ReceiptSequence.objects.get(year=2026).last
            seen.wait(10)
            ReceiptSequence.objects.filter(year=2026).update(last=last + 1)
        return last + 1

    assert at_once(in_acme, number_without_lock) == [2] * RIVALS


def test_receipts_are_gapless_when_all_pay_at_once_and_some_fail(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    stays = [[yard.stay() for _ in range(8)] for _ in range(RIVALS)]

    def pay_all(rival: int) -> None:
        for number, stay in enumerate(stays[rival]):
            with suppress(ZeroDivisionError), transaction.atomic():
                charge(stay, "20")
                if number % 3 == 2:
                    raise ZeroDivisionError

    assert at_once(in_acme, pay_all) == [None] * RIVALS
    numbers = sorted(Payment.objects.values_list("receipt_number", flat=True))
    assert numbers == [f"ACME-2026-{number:06d}" for number in range(1, RIVALS * 6 + 1)]


def test_one_stay_is_charged_once_when_two_gates_report_it(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    stay = yard.stay()
    outcomes = at_once(in_acme, lambda _: charge(stay, "20"))
    assert sum(isinstance(outcome, AlreadyCharged) for outcome in outcomes) == RIVALS - 1
    assert (StayFee.objects.count(), Payment.objects.count(), ReceiptSequence.objects.get().last) == (1, 1, 1)


def test_control_a_debt_read_without_the_lock_looks_open_to_all(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    stay = yard.stay()
    charge(stay)
    seen = threading.Barrier(RIVALS)

    def due(_: int) -> int:
        with transaction.atomic():
            fee = StayFee.objects.get(stay_id=stay.stay_id)
            seen.wait(10)
            return (fee.total or 0) - fee.paid

    assert at_once(in_acme, due) == [2_000] * RIVALS


def test_one_debt_is_paid_once(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    stay = yard.stay()
    charge(stay)
    cash = TakePayment(method="cash", amount=Decimal(20))
    outcomes = at_once(in_acme, lambda _: take_payment(stay_id=stay.stay_id, payment=cash, actor=CASHIER, at=ENTRY))
    refusals = [outcome.code for outcome in outcomes if isinstance(outcome, Conflict)]
    assert refusals == ["already_paid"] * (RIVALS - 1)
    assert (Payment.objects.count(), StayFee.objects.get().paid, ReceiptSequence.objects.get().last) == (1, 2_000, 1)


def test_one_of_many_changes_of_a_rate_wins_and_the_others_are_told(in_acme: TenantRef) -> None:
    rate = make_rate()

    def change(rival: int) -> RateStructure:
        changes = RateChanges(hourly=3_000 + rival)
        return update_parking_rates(rate_id=rate.rate_id, expected_version=1, changes=changes, actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, change)
    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, RateStructure)]
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == RIVALS - 1
    versions = list(RateStructure.objects.order_by("version").values_list("version", "hourly"))
    assert versions == [(1, 2_000), (2, winner.hourly)]


def test_control_two_rates_for_the_same_time_both_find_it_free(in_acme: TenantRef) -> None:
    seen = threading.Barrier(RIVALS)

    def look(_: int) -> bool:
        with transaction.atomic():
            free = not RateStructure.objects.filter(vehicle_type="car").exists()
            seen.wait(10)
            return free

    assert at_once(in_acme, look) == [True] * RIVALS


def test_of_many_rates_for_the_same_time_one_is_made(in_acme: TenantRef, yard: Yard) -> None:
    outcomes = at_once(in_acme, lambda _: make_rate())
    assert sum(isinstance(outcome, RateStructure) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Conflict)} == {"rates_overlap"}
    assert RateStructure.objects.count() == 1
