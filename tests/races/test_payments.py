"""Refund against refund, void against refund: no more goes back than came in."""

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing.commands.refunds import left_of, refund_payment, void_payment
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Payment, Refund, StayFee
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate, yard
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 5
__all__ = ["yard"]


def paid(yard: Yard) -> UUID:
    make_rate()
    charge(yard.stay(hours=2), "40", at=ENTRY)
    return Payment.objects.get().id


def refund(payment_id: UUID) -> Refund:
    return refund_payment(payment_id=payment_id, amount=Decimal(25), reason="x", actor=CASHIER, at=ENTRY)


def test_control_counted_without_the_lock_all_find_the_money_there(in_acme: TenantRef, yard: Yard) -> None:
    payment_id, counted = paid(yard), threading.Barrier(RIVALS)

    def left() -> int:
        with transaction.atomic():
            found = left_of(Payment.objects.get(id=payment_id))
            counted.wait(30)
            return found

    assert at_once(in_acme, *[left] * RIVALS) == [4_000] * RIVALS


def test_of_refunds_at_once_those_that_fit_are_given(in_acme: TenantRef, yard: Yard) -> None:
    payment_id = paid(yard)
    outcomes = at_once(in_acme, *[lambda: refund(payment_id)] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["refund_too_large"] * (RIVALS - 1))
    post_missing()
    assert list(find_disagreements()) == []


def test_of_a_void_and_a_refund_one_acts(in_acme: TenantRef, yard: Yard) -> None:
    payment_id = paid(yard)
    outcomes = at_once(
        in_acme,
        lambda: refund(payment_id),
        lambda: void_payment(payment_id=payment_id, reason="x", actor=CASHIER, at=ENTRY),
    )
    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) in (["refund_too_large"], ["not_voidable"])
    assert StayFee.objects.get().paid == (0 if Refund.objects.get().kind == "void" else 4_000)
    post_missing()
    assert list(find_disagreements()) == []
