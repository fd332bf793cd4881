"""Money goes back up to what was paid, or a payment is undone on its day; the ledger and the books stay one."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing.commands.refunds import NotVoidable, refund_payment, void_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Payment, Refund, StayFee
from apps.core import clock
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.fixture
def payment(yard: Yard) -> Payment:
    """40.00 INR, taken now for a stay that has left."""
    make_rate()
    charge(yard.stay(hours=2), "40", at=clock.now())
    return Payment.objects.get()


def test_refunds_give_back_what_was_paid_and_no_more(api: SignIn, payment: Payment) -> None:
    manager, call = api("manager"), f"billing/payments/{payment.id}/refund"
    first = manager.post(call, {"amount": 15.5, "reason": "barrier was stuck"})
    assert first.status == 201
    assert (first.json["kind"], first.json["amount"], first.json["currency"], first.json["reason"]) == (
        "refund", 15.5, "INR", "barrier was stuck",
    )  # fmt: skip
    with nothing_written():
        refused = manager.post(call, {"amount": 24.51, "reason": "more"})
        assert assert_problem(refused, 409, "refund_too_large")["refundableAmount"] == 24.5
    assert manager.post(call, {"amount": 24.5, "reason": "the rest"}).status == 201
    with nothing_written():
        assert_problem(manager.post(call, {"amount": 0.01, "reason": "more"}), 409, "refund_too_large")
    assert StayFee.objects.get().paid == 4_000
    assert get_balance(account=Account.REFUNDS, currency="INR") == 4_000
    assert [event.data["amount"] for event in Event.objects.filter(type="PaymentRefunded")] == [15.5, 24.5]
    post_missing()
    assert list(find_disagreements()) == []


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0, "reason": "x"},
        {"amount": -1, "reason": "x"},
        {"amount": 1.001, "reason": "x"},
        {"amount": "Infinity", "reason": "x"},
        {"amount": 1, "reason": ""},
        {"amount": 1},
    ],
)
def test_what_is_no_refund_is_refused(api: SignIn, payment: Payment, body: dict[str, Any]) -> None:
    with nothing_written():
        assert_problem(api("manager").post(f"billing/payments/{payment.id}/refund", body), 422, "invalid")


@pytest.mark.parametrize("way", ["refund", "void"])
def test_a_reason_of_nothing_but_spaces_is_none(api: SignIn, payment: Payment, way: str) -> None:
    body = {"reason": " \t "} | ({"amount": 5} if way == "refund" else {})
    with nothing_written():
        refused = api("manager").post(f"billing/payments/{payment.id}/{way}", body)
        assert_problem(refused, 422, "invalid", reason="required")


def test_a_repeated_refund_gives_once(api: SignIn, payment: Payment) -> None:
    manager, call, body = api("manager"), f"billing/payments/{payment.id}/refund", {"amount": 5, "reason": "x"}
    first = manager.post(call, body, {"Idempotency-Key": "r1"})
    with nothing_written():
        assert manager.post(call, body, {"Idempotency-Key": "r1"}).json == first.json


@pytest.mark.parametrize("posted", [True, False])
def test_a_void_undoes_the_payment_and_the_fee_is_due_again(api: SignIn, payment: Payment, posted: bool) -> None:
    if posted:
        post_missing()
    voided = api("manager").post(f"billing/payments/{payment.id}/void", {"reason": "wrong stay"})
    assert (voided.status, voided.json["kind"], voided.json["amount"]) == (201, "void", 40)
    assert StayFee.objects.get().paid == 0
    assert get_balance(account=Account.CASH, currency="INR") == 0
    with nothing_written():
        again = api("manager").post(f"billing/payments/{payment.id}/void", {"reason": "again"})
        assert_problem(again, 409, "not_voidable")
        refund = api("manager").post(f"billing/payments/{payment.id}/refund", {"amount": 1, "reason": "x"})
        assert_problem(refund, 409, "refund_too_large")
    body = {"entryId": str(payment.stay_id), "amount": 40, "currency": "INR", "method": "cash"}
    assert api().post("billing/payments", body).status == 201
    post_missing()
    assert list(find_disagreements()) == []


def test_a_void_of_another_day_or_after_a_refund_is_refused(payment: Payment) -> None:
    later = payment.taken_at + timedelta(days=1)
    with nothing_written(), pytest.raises(NotVoidable):
        void_payment(payment_id=payment.id, reason="x", actor=CASHIER, at=later)
    refund_payment(payment_id=payment.id, amount=Decimal(1), reason="x", actor=CASHIER, at=later)
    with nothing_written(), pytest.raises(NotVoidable):
        void_payment(payment_id=payment.id, reason="x", actor=CASHIER, at=payment.taken_at)


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("auditor", 403), ("viewer", 403), ("admin", 201)])
def test_operators_take_money_and_managers_give_it_back(api: SignIn, payment: Payment, role: str, status: int) -> None:
    assert api(role).post(f"billing/payments/{payment.id}/refund", {"amount": 1, "reason": "x"}).status == status
    assert Refund.objects.exists() is (status == 201)


def test_the_other_tenant_finds_no_payment(api: SignIn, payment: Payment, globex: TenantRef) -> None:
    with nothing_written():
        for call, body in (("refund", {"amount": 1, "reason": "x"}), ("void", {"reason": "x"})):
            reply = api("owner", "globex").post(f"billing/payments/{payment.id}/{call}", body)
            assert_problem(reply, 404, "payment_not_found")


def test_a_forged_refund_is_named_and_none_is_changed(payment: Payment) -> None:
    refund = refund_payment(payment_id=payment.id, amount=Decimal(30), reason="x", actor=CASHIER, at=ENTRY)
    post_missing()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_refund")
    refund.pk = payment.id
    refund.save(force_insert=True)
    said = list(find_disagreements())
    assert f"payment {payment.id}: brought 4000, 6000 was given back" in said
    assert any(words.startswith(f"payment_refunded {payment.id}: on cash") for words in said)
