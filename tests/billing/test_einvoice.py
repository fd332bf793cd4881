"""The electronic invoice: valid by its schema, within the PDF, by the rules of EN 16931, and equal to the row."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import facturx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pypdf import PdfReader

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice
from apps.billing.documents.invoice import invoice_pdf
from apps.billing.einvoice import invoice_xml
from apps.billing.einvoice.elements import NAMESPACES, xml_text
from apps.billing.models import Invoice
from apps.core import clock
from apps.core.money import minor_to_decimal
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.billing.hauliers import haulier
from tests.billing.test_invoices import TATA, WANTED
from tests.billing.test_letterhead import ACME, png, sent
from tests.billing.test_receipt_pdf import text_of
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
SUMS = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"


@pytest.fixture
def letterhead(api: SignIn) -> None:
    """Acme's, complete, with a logo."""
    manager = api("manager")
    assert manager.put("billing/letterhead", ACME, {"If-Match": '"0"'}).status == 200
    assert manager.put("billing/letterhead/logo", sent(png()), {"If-Match": '"1"'}).status == 200


def stays(yard: Yard, *hours: float, **rate: Any) -> None:
    make_rate(**({"hourly": 5_000, "tax_rate": Decimal(18)} | rate))
    for number, each in enumerate(hours):
        charge(yard.stay(hours=each, vehicle_number=f"MH 12 T {number}", transport_name="Tata Carriers"))


def issued() -> Invoice:
    return generate_invoice(wanted=WANTED, actor=CASHIER, at=datetime(2026, 4, 1, 2, tzinfo=UTC))


def read(xml: bytes) -> Callable[[str], list[str]]:
    """The texts at a path."""
    root = etree.fromstring(xml)
    return lambda path: [node.text for node in root.xpath(path, namespaces=NAMESPACES)]


def assert_keeps_the_rules(xml: bytes, invoice: Invoice) -> None:
    """EN 16931-1, the rules on sums (BR-CO-*) and on standard rated lines (BR-S-*), read from the XML alone."""
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    said = read(xml)

    def one(path: str) -> Decimal:
        (text,) = said(path)
        return Decimal(text)

    lines = [Decimal(text) for text in said("//ram:LineTotalAmount[../../../ram:SpecifiedTradeProduct]")]
    line_rates = [Decimal(t) for t in said("//ram:SpecifiedLineTradeSettlement//ram:RateApplicablePercent")]
    net, tax, gross = one(f"{SUMS}TaxBasisTotalAmount"), one(f"{SUMS}TaxTotalAmount"), one(f"{SUMS}GrandTotalAmount")
    rounding = sum(map(Decimal, said(f"{SUMS}RoundingAmount")), Decimal(0))
    assert one(f"{SUMS}LineTotalAmount") == sum(lines) == net  # BR-CO-10, BR-CO-13
    assert gross == net + tax  # BR-CO-15
    assert one(f"{SUMS}DuePayableAmount") == gross - one(f"{SUMS}TotalPrepaidAmount") + rounding  # BR-CO-16
    header = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:"
    rates = [Decimal(text) for text in said(f"{header}RateApplicablePercent")]
    bases = [Decimal(text) for text in said(f"{header}BasisAmount")]
    taxes = [Decimal(text) for text in said(f"{header}CalculatedAmount")]
    assert tax == sum(taxes)  # BR-CO-14
    assert sorted(set(line_rates)) == sorted(rates)  # BR-S-01: one breakdown for each rate
    for rate, base, amount in zip(rates, bases, taxes, strict=True):
        assert amount == (base * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)  # BR-CO-17, BR-S-09
        assert base == sum(line for line, own in zip(lines, line_rates, strict=True) if own == rate)  # BR-S-08
    assert said("//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID") == ["DE123456789"]  # BR-S-02
    assert said("//ram:DueDateDateTime/udt:DateTimeString")  # BR-CO-25
    assert (net, tax, gross) == tuple(
        minor_to_decimal(minor, invoice.currency) for minor in (invoice.net, invoice.tax, invoice.gross)
    )
    assert one(f"{SUMS}DuePayableAmount") == minor_to_decimal(invoice.due, invoice.currency)


@pytest.mark.usefixtures("letterhead")
def test_the_pdf_holds_the_xml_and_both_say_what_the_row_says(api: SignIn, yard: Yard) -> None:
    stays(yard, 1, 2, 30)
    invoice = issued()
    pdf = api("auditor").get(f"billing/invoices/{invoice.id}.pdf")
    xml = api("auditor").get(f"billing/invoices/{invoice.id}.xml")
    assert (pdf.status, pdf["Content-Type"], xml.status, xml["Content-Type"]) == (
        200, "application/pdf", 200, "application/xml",
    )  # fmt: skip
    name, within = facturx.get_xml_from_pdf(pdf.response.content)
    assert (name, within) == ("factur-x.xml", xml.response.content)
    assert_keeps_the_rules(within, invoice)
    about = PdfReader(io.BytesIO(pdf.response.content)).xmp_metadata
    assert about is not None
    assert (about.pdfaid_part, about.pdfaid_conformance) == ("3", "B")
    said = text_of(pdf.response.content)
    for words in (
        "Rechnung ACME-INV-2026-000001", "Acme Parking GmbH", "tata carriers", "MH 12 T 2", "1.947,00", "297,00",
        "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "1.650,00", "01.04.2026", "01.05.2026", "02.03.2026, 12:00",
    ):  # fmt: skip
        assert words in said, (words, said)


@pytest.mark.usefixtures("letterhead")
def test_a_credit_note_names_its_invoice(yard: Yard) -> None:
    stays(yard, 1, 2)
    invoice = issued()
    note = credit_invoice(invoice_id=invoice.id, positions=[2], reason="not ours", actor=CASHIER, at=clock.now())
    xml = invoice_xml(note)
    assert_keeps_the_rules(xml, note)
    said = read(xml)
    assert said("//rsm:ExchangedDocument/ram:TypeCode") == ["381"]
    assert said("//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == [invoice.number]
    assert said("//ram:IncludedNote/ram:Content")[0] == "not ours"
    _, within = facturx.get_xml_from_pdf(invoice_pdf(note))
    assert within == xml
    assert invoice.number in text_of(invoice_pdf(note))


@pytest.mark.usefixtures("letterhead")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.integers(1, 9_999), min_size=1, max_size=4),
    rates=st.lists(st.sampled_from(["5", "7", "18", "19", "25"]), min_size=1, max_size=3, unique=True),
    inclusive=st.booleans(),
    paid=st.integers(0, 3),
)
def test_random_invoices_keep_the_rules(
    yard: Yard, prices: list[int], rates: list[str], inclusive: bool, paid: int
) -> None:
    from django.db import transaction

    from apps.billing.models import StayFee

    sane = transaction.savepoint()
    for place, rate in enumerate(rates):
        since = ENTRY + timedelta(days=place)
        until = since + timedelta(days=1)
        make_rate(hourly=100, tax_rate=Decimal(rate), tax_inclusive=inclusive, effective_at=since, expiry_at=until)
        for price in prices:
            charge(
                yard.stay(
                    entry_at=since, exit_at=since + timedelta(hours=price % 23 + 1, minutes=price % 60),
                    transport_name="Tata Carriers",
                )
            )  # fmt: skip
    for fee in StayFee.objects.filter(total__gt=0)[:paid]:
        StayFee.objects.filter(pk=fee.pk).update(paid=(fee.total or 0) // 3, revision=1)
    invoice = issued()
    assert_keeps_the_rules(invoice_xml(invoice), invoice)
    transaction.savepoint_rollback(sane)
    yard.stays.clear()


@pytest.mark.usefixtures("letterhead")
def test_an_exempt_business_says_why(api: SignIn, yard: Yard) -> None:
    stays(yard, 1, tax_rate=Decimal(0))
    body = ACME | {"exemptionReason": "Kleinunternehmer, § 19 UStG"}
    assert api("manager").put("billing/letterhead", body, {"If-Match": '"2"'}).status == 200
    said = read(invoice_xml(issued()))
    header = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:"
    assert (said(f"{header}CategoryCode"), said(f"{header}ExemptionReason")) == (["E"], ["Kleinunternehmer, § 19 UStG"])


def test_a_rate_of_nothing_is_zero_rated(api: SignIn, yard: Yard) -> None:
    assert api("manager").put("billing/letterhead", ACME, {"If-Match": '"0"'}).status == 200
    stays(yard, 1, tax_rate=Decimal(0))
    xml = invoice_xml(issued())
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert read(xml)("//ram:CategoryCode") == ["Z", "Z"]


def test_what_lacks_a_country_is_a_pdf_without_xml(api: SignIn, yard: Yard) -> None:
    stays(yard, 1)
    invoice = issued()
    with nothing_written():
        refused = api("manager").get(f"billing/invoices/{invoice.id}.xml")
        problem = assert_problem(refused, 409, "e_invoice_incomplete")
    assert problem["missing"] == ["letterhead.country", "letterhead.taxId", "customer.country"]
    assert facturx.get_xml_from_pdf(invoice_pdf(invoice), check_xsd=False) == (False, False)
    assert "tata carriers" in text_of(invoice_pdf(invoice))


def test_numbers_of_other_countries_are_local_tax_numbers(api: SignIn, yard: Yard) -> None:
    indian = ACME | {"country": "IN", "taxId": "27AAPFU0939F1ZV", "registration": "", "language": "en-IN", "iban": ""}
    assert api("manager").put("billing/letterhead", indian, {"If-Match": '"0"'}).status == 200
    stays(yard, 1)
    xml = invoice_xml(issued())
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    root = etree.fromstring(xml)
    (number,) = root.xpath("//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID", namespaces=NAMESPACES)
    assert (number.text, number.get("schemeID")) == ("27AAPFU0939F1ZV", "FC")
    assert read(xml)("//ram:SellerTradeParty/ram:ID") == ["27AAPFU0939F1ZV"]  # BR-CO-26


@pytest.mark.usefixtures("letterhead")
def test_the_buyers_country_is_that_of_its_vat_number(api: SignIn, yard: Yard) -> None:
    haulier(name="Kwakel BV", transport_names=["Tata Carriers"], tax_id="NL123456789B01", address="Kade 1\nDe Kwakel")
    stays(yard, 1)
    bill = api("manager").post("billing/invoices", TATA).json
    assert (bill["customer"]["country"], bill["customer"]["address"]) == ("NL", ["Kade 1", "De Kwakel"])
    xml = api("manager").get(f"billing/invoices/{bill['id']}.xml").response.content
    assert read(xml)("//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration/ram:ID") == ["NL123456789B01"]
    assert read(xml)("//ram:BuyerTradeParty//ram:CountryID") == ["NL"]


@pytest.mark.usefixtures("letterhead")
def test_a_document_is_the_same_after_the_letterhead_changed(api: SignIn, yard: Yard) -> None:
    stays(yard, 1)
    invoice = issued()
    before, xml = text_of(invoice_pdf(invoice)), invoice_xml(invoice)
    manager = api("manager")
    assert manager.put("billing/letterhead", ACME | {"legalName": "Other"}, {"If-Match": '"2"'}).status == 200
    assert manager.delete("billing/letterhead/logo", {"If-Match": '"3"'}).status == 200
    invoice.refresh_from_db()
    assert (text_of(invoice_pdf(invoice)), invoice_xml(invoice)) == (before, xml)
    assert len(PdfReader(io.BytesIO(invoice_pdf(invoice))).pages[0].images) == 1


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert xml_text("a\x00\x0b\x1f\ufffe\ud800b\té\U0001f600") == "ab\té\U0001f600"
