"""A customer's payment undone: the ledger, the invoice, the drawer; once, by who may, and with its trace."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.billing.accounts import get_owed
from apps.billing.commands.customer_payments import PayIn, take_customer_payment
from apps.billing.commands.customer_voids import void_customer_payment
from apps.billing.commands.shifts import Count, count_shift, open_shift
from apps.billing.commands.shifts.holding import ShiftCounted
from apps.billing.invoice_queries import get_invoice
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import CustomerPayment, CustomerPaymentVoid, Invoice
from apps.billing.shifts.drawers import Part, drawer_sums
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.billing.conftest import CASHIER, ENTRY, YARD, Yard
from tests.billing.hauliers import haulier
from tests.billing.test_paying_invoices import invoice, pay
from tests.billing.test_shift_ledger import LATER, MANAGER
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
__all__ = ["invoice"]
REASON = {"reason": "The bank took it back"}


def void(api: Api, customer_id: Any, payment_id: Any, **given: Any) -> Any:
    return api.post(f"billing/customers/{customer_id}/payments/{payment_id}/void", REASON | given)


def test_what_it_paid_is_outstanding_again(api: SignIn, invoice: Invoice, in_acme: TenantRef) -> None:
    manager = api("manager")
    taken = pay(manager, invoice, 118, method="bank_transfer").json
    undone = void(manager, invoice.customer_id, taken["id"])
    assert undone.status == 201, undone
    assert undone.json == {
        "paymentId": taken["id"], "customerId": str(invoice.customer_id), "receiptNumber": taken["receiptNumber"],
        "amount": 118, "currency": "INR", "invoiceId": str(invoice.id), **REASON,
        "voidedByName": "Manager Of Acme", "voidedAt": undone.json["voidedAt"],
    }  # fmt: skip
    found = get_invoice(invoice_id=invoice.id)
    assert (found.state, found.outstanding, found.received) == ("open", 11_800, 0)
    assert get_owed(invoice.customer) == 11_800
    assert get_balance(account=Account.BANK, currency="INR") == 0
    (told,) = trail(in_acme, action="customer.payment_voided")
    assert told.after["receiptNumber"] == taken["receiptNumber"]
    again = pay(manager, invoice, 118).json["receiptNumber"]
    assert int(again[-6:]) == int(taken["receiptNumber"][-6:]) + 1  # the number of what was undone is not given anew
    post_missing()
    assert list(find_disagreements()) == []


def test_it_is_undone_once_and_is_of_this_customer(api: SignIn, invoice: Invoice) -> None:
    manager = api("manager")
    taken, other = pay(manager, invoice, 118).json, haulier(name="Other")
    with nothing_written():
        assert_problem(void(manager, other.id, taken["id"]), 404, "payment_not_found")
        assert_problem(void(manager, invoice.customer_id, new_id()), 404, "payment_not_found")
        assert_problem(
            void(manager, invoice.customer_id, taken["id"], reason=" \t "), 422, "invalid", reason="required"
        )
        assert_problem(void(api("viewer"), invoice.customer_id, taken["id"]), 403, "not_permitted")
    assert void(manager, invoice.customer_id, taken["id"]).status == 201
    with nothing_written():
        assert_problem(void(manager, invoice.customer_id, taken["id"]), 409, "voided_already")


def test_cash_leaves_the_drawer_it_came_into(yard: Yard) -> None:
    customer = haulier("prepaid")
    shift = open_shift(location_id=YARD, drawer="1", opening_float=Decimal(100), actor=CASHIER, at=ENTRY)
    cash = PayIn(amount=Decimal(30), method=CustomerPayment.Method.CASH, purpose=CustomerPayment.Purpose.TOPUP)
    for _ in range(2):
        taken = take_customer_payment(customer_id=customer.id, payment=cash, actor=CASHIER, at=LATER)
    void_customer_payment(customer_id=customer.id, payment_id=taken.id, reason="x", actor=MANAGER, at=LATER)
    assert CustomerPaymentVoid.objects.get().shift_id == shift.id == taken.shift_id
    sums = drawer_sums(shift)
    assert (sums.customer_payments, sums.voids, sums.expected) == (Part(2, 6_000), Part(1, 3_000), 13_000)
    count_shift(shift_id=shift.id, count=Count(amount=Decimal(130)), hand_over=False, actor=CASHIER, at=LATER)
    assert get_owed(customer) == -3_000
    post_missing()
    assert list(find_disagreements()) == []


def test_what_was_counted_is_not_changed_and_its_cashier_has_the_void_of_a_later_drawer(yard: Yard) -> None:
    customer = haulier("prepaid")
    shift = open_shift(location_id=YARD, drawer="1", opening_float=Decimal(100), actor=CASHIER, at=ENTRY)
    cash = PayIn(amount=Decimal(30), method=CustomerPayment.Method.CASH, purpose=CustomerPayment.Purpose.TOPUP)
    taken = take_customer_payment(customer_id=customer.id, payment=cash, actor=CASHIER, at=LATER)
    count_shift(shift_id=shift.id, count=Count(amount=Decimal(130)), hand_over=False, actor=CASHIER, at=LATER)
    with nothing_written(), pytest.raises(ShiftCounted):
        void_customer_payment(
            customer_id=customer.id, payment_id=taken.id, reason="x", actor=MANAGER, at=LATER, shift_id=shift.id
        )
    void_customer_payment(customer_id=customer.id, payment_id=taken.id, reason="x", actor=MANAGER, at=LATER)
    assert CustomerPaymentVoid.objects.get().shift_id is None
    post_missing()
    assert list(find_disagreements()) == []
