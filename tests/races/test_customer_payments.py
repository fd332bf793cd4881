"""Payments of one invoice at once, and its credit note: no more is paid than is outstanding."""

import threading
from decimal import Decimal

import pytest
from django.db import transaction

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.customer_payments import PayIn, take_customer_payment
from apps.billing.commands.customer_voids import void_customer_payment
from apps.billing.commands.invoices import generate_invoice
from apps.billing.invoice_queries import get_invoice
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import CustomerPayment, CustomerPaymentVoid, Invoice
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate, yard
from tests.billing.test_invoices import WANTED
from tests.races.rivals import Rivals, at_once, gained, held, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
__all__ = ["yard"]


@pytest.fixture
def invoice(in_acme: TenantRef, yard: Yard) -> Invoice:
    """Of 118.00."""
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    charge(yard.stay(hours=2, transport_name="Tata Carriers"))
    return generate_invoice(wanted=WANTED, actor=CASHIER, at=ENTRY)


def pay(invoice: Invoice) -> CustomerPayment:
    payment = PayIn(
        amount=Decimal(118),
        method=CustomerPayment.Method.UPI,
        purpose=CustomerPayment.Purpose.INVOICE,
        invoice_id=invoice.id,
    )
    return take_customer_payment(customer_id=invoice.customer_id, payment=payment, actor=CASHIER, at=ENTRY)


def agree() -> None:
    post_missing()
    assert list(find_disagreements()) == []


def test_control_looked_at_without_the_lock_all_find_it_outstanding(in_acme: TenantRef, invoice: Invoice) -> None:
    looked = threading.Barrier(RIVALS)

    def look() -> int:
        with transaction.atomic():
            found: int = get_invoice(invoice_id=invoice.id).outstanding
            looked.wait(30)
            return found

    assert at_once(in_acme, *[look] * RIVALS) == [11_800] * RIVALS


def test_of_payments_at_once_one_is_taken_and_numbers_have_no_gap(in_acme: TenantRef, invoice: Invoice) -> None:
    outcomes = at_once(in_acme, *[lambda: pay(invoice)] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["more_than_outstanding"] * (RIVALS - 1))
    agree()


def test_a_payment_waits_for_the_credit_note_under_way(in_acme: TenantRef, invoice: Invoice) -> None:
    rivals = Rivals(in_acme)
    with held("SELECT") as wait_for, transaction.atomic():
        credit_invoice(invoice_id=invoice.id, positions=None, reason="x", actor=CASHIER, at=ENTRY)
        rivals.start(lambda: pay(invoice))
        wait_for(1)
    assert refusals(rivals.outcomes()) == ["more_than_outstanding"]
    agree()


def test_control_looked_for_without_the_lock_all_find_it_standing(in_acme: TenantRef, invoice: Invoice) -> None:
    payment, looked = pay(invoice), threading.Barrier(RIVALS)

    def look() -> bool:
        with transaction.atomic():
            found = CustomerPaymentVoid.objects.filter(payment=payment).exists()
            looked.wait(30)
            return found

    assert at_once(in_acme, *[look] * RIVALS) == [False] * RIVALS


def test_of_voids_at_once_one_is_recorded(in_acme: TenantRef, invoice: Invoice) -> None:
    payment = pay(invoice)

    def void() -> CustomerPaymentVoid:
        return void_customer_payment(
            customer_id=invoice.customer_id, payment_id=payment.id, reason="x", actor=CASHIER, at=ENTRY
        )

    outcomes = at_once(in_acme, *[void] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["voided_already"] * (RIVALS - 1))
    agree()
