"""The receipt of a customer's payment: on paper and by e-mail, in its language, and what it says once it was voided."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core import mail

from apps.billing.commands.customer_payments import PayIn, take_customer_payment
from apps.billing.commands.customer_voids import void_customer_payment
from apps.billing.models import Customer, CustomerPayment, DocumentMail
from apps.core import clock
from tests.billing.conftest import CASHIER, ENTRY
from tests.billing.hauliers import haulier
from tests.billing.test_receipt_pdf import text_of
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


def paid(customer: Customer, purpose: CustomerPayment.Purpose = CustomerPayment.Purpose.TOPUP) -> CustomerPayment:
    """1,500.00 INR by transfer."""
    money = PayIn(
        amount=Decimal(1500),
        method=CustomerPayment.Method.BANK_TRANSFER,
        purpose=purpose,
        reference="UTR 4711",
    )
    return take_customer_payment(customer_id=customer.id, payment=money, actor=CASHIER, at=ENTRY)


@pytest.mark.parametrize("query", [{}, {"format": "roll"}])
def test_it_says_who_paid_what_for(api: SignIn, query: dict[str, str]) -> None:
    payment = paid(haulier("prepaid", name="Tata Carriers", address="1 Mill Road\nPune"))
    reply = api().get(f"billing/receipts/{payment.receipt_number}.pdf", **query)
    assert (reply.status, reply["Content-Type"]) == (200, "application/pdf")
    said = text_of(reply.response.content)
    for words in (
        "Acme", payment.receipt_number, "Tata Carriers", "1 Mill Road", "Prepaid account", "Bank transfer", "UTR 4711",
        "Amount received 1,500.00 INR", "Taken by Asha", "Received with thanks",
    ):  # fmt: skip
        assert words in said, (words, said)


def test_it_is_in_the_customers_language_and_tells_that_it_was_voided(api: SignIn) -> None:
    customer = haulier("prepaid", name="Spedition", language="de")
    payment = paid(customer)
    void_customer_payment(
        customer_id=customer.id, payment_id=payment.id, reason="Rücklastschrift", actor=CASHIER, at=clock.now()
    )
    said = text_of(api().get(f"billing/receipts/{payment.receipt_number}.pdf").response.content)
    for words in ("Quittung", "Guthabenkonto", "Überweisung", "Storniert:", "Rücklastschrift"):
        assert words in said, (words, said)
    assert "dankend erhalten" not in said


def test_it_goes_by_e_mail(api: SignIn, django_capture_on_commit_callbacks: Callable[..., object]) -> None:
    payment = paid(haulier(), CustomerPayment.Purpose.INVOICE)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        asked = api().post(f"billing/receipts/{payment.receipt_number}/email", {"to": "office@tata.example"})
    assert asked.status == 201
    assert [(sent.to, sent.attachments[0][0]) for sent in mail.outbox] == [
        (["office@tata.example"], f"{payment.receipt_number}.pdf")
    ]
    assert DocumentMail.objects.get().status == "sent"


def test_another_tenant_finds_none(api: SignIn) -> None:
    payment = paid(haulier("prepaid"))
    with nothing_written():
        stranger = api("owner", "globex")
        assert_problem(stranger.get(f"billing/receipts/{payment.receipt_number}.pdf"), 404, "receipt_not_found")
        body = {"to": "me@globex.example"}
        assert_problem(
            stranger.post(f"billing/receipts/{payment.receipt_number}/email", body), 404, "receipt_not_found"
        )
