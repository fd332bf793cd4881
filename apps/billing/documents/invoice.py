"""An invoice or credit note on paper, from what was kept when it was issued."""

from datetime import timedelta

import msgspec

from apps.billing.einvoice import EInvoiceIncomplete, invoice_xml, with_xml
from apps.billing.invoicing.content import InvoiceContent, InvoiceLine, Item, Party, content_of
from apps.billing.letterheads import find_logo
from apps.billing.models import Invoice

from .durations import duration_words
from .letterhead import Letterhead
from .locales import Locale, find_locale
from .months import month_words
from .pdf import render_pdf, words_of


class PrintedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the vehicle log."""

    position: str
    plate: str
    vehicle: str
    location: str
    entry: str
    exit: str
    duration: str
    rate: str
    net: str
    gross: str


class PrintedMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a permit or of validations."""

    position: str
    what: str
    period: str
    details: str
    rate: str
    net: str
    gross: str


class PrintedRate(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a tax rate; `category` is S, Z or E."""

    category: str
    rate: str
    net: str
    tax: str
    gross: str


class InvoiceData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `invoice.typ` prints; texts that are empty are left out."""

    kind: str
    number: str
    issued: str
    due: str
    period: str
    buyer: tuple[str, ...]
    buyer_tax_id: str
    haulier: str
    registration: str
    credits: str
    reason: str
    currency: str
    stays: tuple[PrintedStay, ...]
    months: tuple[PrintedMonth, ...]
    rates: tuple[PrintedRate, ...]
    net: str
    tax: str
    gross: str
    paid: str
    rounding: str
    payable: str
    to_pay: bool
    bank: str
    iban: str
    bic: str
    exemption: str
    footer: str


def invoice_pdf(invoice: Invoice) -> bytes:
    """The PDF/A-3 of an invoice, with its XML in it (Factur-X) where it is complete enough for one."""
    content = content_of(invoice)
    locale = find_locale(content.language)
    pdf = render_pdf(
        "invoice",
        _data(invoice, content, locale),
        letterhead=_letterhead(content),
        locale=locale,
        at=invoice.issued_at,
    )
    try:
        xml = invoice_xml(invoice)
    except EInvoiceIncomplete:
        return pdf
    title = f"{words_of('invoice', locale.language)[invoice.kind]} {invoice.number}"
    return with_xml(pdf, xml, title=title, author=content.supplier.name, language=locale.language)


def _letterhead(content: InvoiceContent) -> Letterhead:
    seller = content.supplier
    return Letterhead(
        name=seller.name,
        address=_address(seller),
        tax_id=seller.tax_id,
        contact=tuple(part for part in (seller.email, seller.phone) if part),
        logo=find_logo(content.logo),
    )


def _data(invoice: Invoice, content: InvoiceContent, locale: Locale) -> InvoiceData:
    currency, credited = invoice.currency, content.credited

    def money(minor: int) -> str:
        return locale.amount(minor, currency)

    last_day = invoice.period_to - timedelta(days=1)
    buyer = content.customer
    to_pay = invoice.kind == Invoice.Kind.INVOICE and invoice.due > 0
    return InvoiceData(
        kind=invoice.kind,
        number=invoice.number,
        issued=locale.day(invoice.issue_date),
        due=locale.day(invoice.due_date),
        period=f"{locale.day(invoice.period_from)} – {locale.day(last_day)}",
        buyer=(buyer.name, *_address(buyer)),
        buyer_tax_id=buyer.tax_id,
        haulier=invoice.transport_name if invoice.transport_name != buyer.name else "",
        registration=content.supplier.registration,
        credits=f"{credited.number} ({locale.day(credited.issue_date)})" if credited else "",
        reason=invoice.reason,
        currency=currency,
        stays=tuple(_stay(line, currency, locale) for line in content.lines if line.of == Item.STAY),
        months=tuple(_month(line, currency, locale) for line in content.lines if line.of != Item.STAY),
        rates=tuple(
            PrintedRate(
                category=one.category,
                rate=locale.number(f"{one.rate:f}"),
                net=money(one.net),
                tax=money(one.tax),
                gross=money(one.net + one.tax),
            )
            for one in content.taxes
        ),
        net=money(invoice.net),
        tax=money(invoice.tax),
        gross=money(invoice.gross),
        paid=money(-invoice.paid) if invoice.paid else "",
        rounding=money(invoice.rounding) if invoice.rounding else "",
        payable=locale.money(invoice.due, currency),
        to_pay=to_pay,
        bank=content.bank.name if content.bank else "",
        iban=_in_fours(content.bank.iban) if content.bank else "",
        bic=content.bank.bic if content.bank else "",
        exemption=content.exemption_reason if any(one.category == "E" for one in content.taxes) else "",
        footer=content.footer,
    )


def _stay(line: InvoiceLine, currency: str, locale: Locale) -> PrintedStay:
    return PrintedStay(
        position=str(line.position),
        plate=line.vehicle_number,
        vehicle=line.vehicle_type.replace("-", " ").replace("_", " ").capitalize(),
        location=line.location,
        entry=locale.instant(line.entry_at, line.timezone) if line.entry_at else "",
        exit=locale.instant(line.exit_at, line.timezone) if line.exit_at else "",
        duration=duration_words(line.duration_minutes),
        rate=locale.number(f"{line.tax_rate:f}"),
        net=locale.amount(line.net, currency),
        gross=locale.amount(line.gross, currency),
    )


def _month(line: InvoiceLine, currency: str, locale: Locale) -> PrintedMonth:
    said = month_words(line, locale)
    return PrintedMonth(
        position=str(line.position),
        what=said.what,
        period=said.period,
        details=said.details,
        rate=locale.number(f"{line.tax_rate:f}"),
        net=locale.amount(line.net, currency),
        gross=locale.amount(line.gross, currency),
    )


def _address(party: Party) -> tuple[str, ...]:
    town = " ".join(part for part in (party.postcode, party.city) if part)
    where = (town and ", ".join(part for part in (town, party.country) if part),)
    return tuple(line for line in (*party.address, *where) if line)


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
