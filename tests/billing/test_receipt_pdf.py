"""A receipt as people get it: on paper and by e-mail, with plate, local times, tax and what was given back."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from pypdf import PdfReader

from apps.billing.commands.refunds import refund_payment
from apps.billing.documents.receipt import receipt_pdf
from apps.billing.mail.writing import MOST_ATTEMPTS
from apps.billing.models import DocumentMail, Payment
from apps.core import clock
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.billing.test_letterhead import ACME, png, sent
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


def text_of(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.fixture
def payment(yard: Yard) -> Payment:
    """47.20 INR for two hours, 18 % added, of a stay that ended at 14:00 in Kolkata."""
    make_rate(tax_rate=Decimal(18))
    charge(yard.stay(hours=2, vehicle_number="MH 12 AB 1234"), "47.20")
    return Payment.objects.select_related("stay").get()


@pytest.mark.parametrize("query", [{}, {"format": "a4"}, {"format": "roll"}])
def test_it_says_what_was_parked_and_paid(api: SignIn, payment: Payment, query: dict[str, str]) -> None:
    reply = api().get(f"billing/receipts/{payment.receipt_number}.pdf", **query)
    assert (reply.status, reply["Content-Type"]) == (200, "application/pdf")
    assert f'filename="{payment.receipt_number}.pdf"' in reply["Content-Disposition"]
    said = text_of(reply.response.content)
    for words in (
        "Acme", payment.receipt_number, "MH 12 AB 1234", "North yard", "2 Mar 2026, 12:00", "2 Mar 2026, 14:00",
        "Asia/Kolkata", "2 h", "Net 40.00", "Tax 18 % (tax added to the prices) 7.20", "Total INR 47.20", "Cash",
        "Taken by Asha", "Paid in full",
    ):  # fmt: skip
        assert words in said, (words, said)


def test_prices_that_contain_the_tax_say_so(yard: Yard) -> None:
    make_rate(tax_rate=Decimal(19), tax_inclusive=True)
    charge(yard.stay(hours=2), "40")
    said = text_of(receipt_pdf(Payment.objects.select_related("stay").get(), roll=False))
    assert "Net 33.61 Tax 19 % (prices include tax) 6.39 Total INR 40.00" in said


def test_the_rate_of_the_day_stands_on_it(yard: Yard) -> None:
    turn = datetime(2026, 3, 3, tzinfo=UTC)
    make_rate(tax_rate=Decimal(18), expiry_at=turn)
    make_rate(tax_rate=Decimal(20), effective_at=turn)
    for entry, tax in ((ENTRY, "Tax 18 %"), (turn, "Tax 20 %")):
        stay = yard.stay(entry_at=entry, exit_at=entry + timedelta(hours=1))
        charge(stay, "23.60" if entry == ENTRY else "24")
        paid = Payment.objects.select_related("stay").get(stay_id=stay.stay_id)
        assert tax in text_of(receipt_pdf(paid, roll=True))


def test_what_was_given_back_stands_on_it(payment: Payment) -> None:
    before = receipt_pdf(payment, roll=False)
    assert receipt_pdf(payment, roll=False) == before
    refund_payment(payment_id=payment.id, amount=Decimal("7.20"), reason="barrier stuck", actor=CASHIER, at=clock.now())
    assert re.search("Refund .* barrier stuck -7.20", text_of(receipt_pdf(payment, roll=False)))


def test_it_has_the_tenants_letterhead_language_and_logo(api: SignIn, payment: Payment) -> None:
    manager = api("manager")
    plain = receipt_pdf(payment, roll=True)
    assert manager.put("billing/letterhead", ACME, {"If-Match": '"0"'}).status == 200
    assert manager.put("billing/letterhead/logo", sent(png()), {"If-Match": '"1"'}).status == 200
    for roll in (True, False):
        pdf = receipt_pdf(payment, roll=roll)
        said = text_of(pdf)
        for words in ("Acme Parking GmbH", "Hafenstraße 1", "20457 Hamburg, DE", "DE123456789", "02.03.2026, 14:00",
                      "Quittung", "Gesamt INR 47,20", "Geschäftsführer: A. Meyer"):  # fmt: skip
            assert words in said, (words, said)
        assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1
    assert "Acme Parking GmbH" not in text_of(plain)


def test_the_roll_is_eighty_millimetres_wide_and_one_page(payment: Payment) -> None:
    pages = PdfReader(io.BytesIO(receipt_pdf(payment, roll=True))).pages
    assert len(pages) == 1
    assert float(pages[0].mediabox.width) == pytest.approx(80 / 25.4 * 72, abs=0.1)


def test_only_receipts_of_this_tenant_are_printed(api: SignIn, payment: Payment) -> None:
    with nothing_written():
        call = f"billing/receipts/{payment.receipt_number}"
        assert_problem(api("owner", "globex").get(f"{call}.pdf"), 404, "receipt_not_found")
        assert_problem(api("owner", "globex").post(f"{call}/email", {"to": "a@b.example"}), 404, "receipt_not_found")
        assert_problem(api().get("billing/receipts/ACME-2026-999999.pdf"), 404, "receipt_not_found")
        assert_problem(api().get(f"{call}.pdf", format="a5"), 422, "invalid")
        assert api("viewer").get(f"{call}.pdf").status == 403


def test_it_goes_by_mail_once_the_call_is_committed(
    api: SignIn, payment: Payment, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        asked = api().post(f"billing/receipts/{payment.receipt_number}/email", {"to": "driver@road.example"})
    assert (asked.status, asked.json["status"]) == (201, "waiting")
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["driver@road.example"], f"Receipt {payment.receipt_number} of Acme")
    ((name, content, kind),) = sent.attachments
    assert (name, kind) == (f"{payment.receipt_number}.pdf", "application/pdf")
    assert "MH 12 AB 1234" in text_of(content)  # type: ignore[arg-type]
    noted = DocumentMail.objects.get()
    assert (noted.status, noted.attempts, noted.asked_by_name) == ("sent", 1, "Operator Of Acme")


def test_an_address_is_an_address_and_nobody_is_flooded(api: SignIn, payment: Payment) -> None:
    call = f"billing/receipts/{payment.receipt_number}/email"
    with nothing_written():
        for wrong in ("nobody", "a@b", "a@b.example\nBcc: c@d.example"):
            assert_problem(api().post(call, {"to": wrong}), 422, "invalid", to="invalid_email")
    for _ in range(5):
        assert api().post(call, {"to": "driver@road.example"}).status == 201
    with nothing_written():
        refused = api("manager").post(call, {"to": "other@road.example"})
        assert_problem(refused, 429, "too_many_mails")
        assert refused["Retry-After"] == "3600"


def test_a_mail_server_that_is_away_is_noted_and_given_up_at_last(payment: Payment, settings: object) -> None:
    from apps.billing.mail.writing import write_mail

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # type: ignore[attr-defined]
    asked = DocumentMail.objects.create(document="receipt", number=payment.receipt_number, to="a@b.example")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(OSError, match="refused"):
            write_mail(mail_id=asked.id, at=ENTRY)
        asked.refresh_from_db()
        assert (asked.attempts, asked.sent_at) == (attempt, None)
        assert asked.status == ("failed" if attempt == MOST_ATTEMPTS else "waiting")
        assert "refused" in asked.error
    write_mail(mail_id=asked.id, at=ENTRY)
    asked.refresh_from_db()
    assert asked.attempts == MOST_ATTEMPTS
