"""Money for an invoice: of this customer, and no more than is outstanding of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice
from apps.billing.invoice_queries import get_invoice
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Invoice
from apps.core import clock
from apps.core.ids import new_id
from tests.billing.conftest import CASHIER, Yard, charge, make_rate
from tests.billing.hauliers import haulier
from tests.billing.test_invoices import WANTED
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.fixture
def invoice(yard: Yard) -> Invoice:
    """Of 118.00, two stays of a haulier."""
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    for _ in range(2):
        charge(yard.stay(hours=1, transport_name="Tata Carriers"))
    return generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())


def pay(api: Api, invoice: Invoice, amount: Any, **given: Any) -> Any:
    body = {"amount": amount, "method": "upi", "purpose": "invoice", "invoiceId": str(invoice.id)} | given
    return api.post(f"billing/customers/{invoice.customer_id}/payments", body)


def test_what_is_paid_is_no_longer_outstanding(api: SignIn, invoice: Invoice) -> None:
    cashier = api("operator")
    assert pay(cashier, invoice, 100).status == 201
    found = get_invoice(invoice_id=invoice.id)
    assert (found.outstanding, found.state) == (1_800, "partly_paid")
    with nothing_written():
        problem = assert_problem(pay(cashier, invoice, "18.01"), 409, "more_than_outstanding")
        assert (problem["outstanding"], problem["currency"]) == (18, "INR")
    assert pay(cashier, invoice, 18).status == 201
    assert get_invoice(invoice_id=invoice.id).state == "paid"
    with nothing_written():
        assert_problem(pay(cashier, invoice, "0.01"), 409, "more_than_outstanding")
    post_missing()
    assert list(find_disagreements()) == []


def test_what_is_credited_is_not_outstanding(api: SignIn, invoice: Invoice) -> None:
    note = credit_invoice(invoice_id=invoice.id, positions=[1], reason="x", actor=CASHIER, at=clock.now())
    with nothing_written():
        assert_problem(pay(api("operator"), invoice, "59.01"), 409, "more_than_outstanding")
        assert_problem(
            pay(api("operator"), invoice, 1, invoiceId=str(note.id)), 422, "invalid", invoiceId="unknown_invoice"
        )
    credit_invoice(invoice_id=invoice.id, positions=None, reason="x", actor=CASHIER, at=clock.now())
    with nothing_written():
        assert_problem(pay(api("operator"), invoice, 1), 409, "more_than_outstanding")


def test_it_is_an_invoice_of_this_customer(api: SignIn, invoice: Invoice) -> None:
    body = {"amount": 1, "method": "upi", "purpose": "invoice", "invoiceId": str(invoice.id)}
    other = haulier(name="Other")
    with nothing_written():
        refused = api("operator").post(f"billing/customers/{other.id}/payments", body)
        assert_problem(refused, 422, "invalid", invoiceId="unknown_invoice")
        refused = pay(api("operator"), invoice, 1, invoiceId=str(new_id()))
        assert_problem(refused, 422, "invalid", invoiceId="unknown_invoice")
