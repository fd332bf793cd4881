"""An invoice or credit note as a UN/CEFACT Cross Industry Invoice (D16B), in the profile EN 16931 of Factur-X.

The order of elements is the schema's. Names in comments are those of EN 16931-1 (BT: business term).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree

from apps.billing.documents.durations import duration_words
from apps.billing.documents.locales import Locale, find_locale
from apps.billing.documents.months import month_words
from apps.billing.documents.pdf import words_of
from apps.billing.invoicing.content import InvoiceContent, InvoiceLine, Item, content_of
from apps.billing.models import Invoice

from .completeness import require_complete
from .elements import NAMESPACES, RSM, Element, amount, child, day, optional, path
from .parties import buyer, seller

GUIDELINE: Final = "urn:cen.eu:en16931:2017"
_TYPE: Final = {Invoice.Kind.INVOICE: "380", Invoice.Kind.CREDIT_NOTE: "381"}  # UNTDID 1001
_ONE: Final = "C62"  # UN/ECE recommendation 20: one
_CREDIT_TRANSFER: Final = "30"  # UNTDID 4461
_ONE_DAY: Final = timedelta(days=1)


def invoice_xml(invoice: Invoice) -> bytes:
    """The XML of an invoice or credit note. Raises EInvoiceIncomplete."""
    content = content_of(invoice)
    require_complete(invoice, content)
    locale = find_locale(content.language)
    root = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap=NAMESPACES)
    path(root, "rsm:ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID", GUIDELINE)
    _document(root, invoice, content)
    transaction = child(root, "rsm:SupplyChainTradeTransaction")
    categories = {one.rate: one.category for one in content.taxes}
    for line in content.lines:
        _line(transaction, line, invoice.currency, categories[line.tax_rate], locale)
    agreement = child(transaction, "ApplicableHeaderTradeAgreement")
    seller(agreement, content.supplier)
    buyer(agreement, content.customer)
    child(transaction, "ApplicableHeaderTradeDelivery")
    _settlement(child(transaction, "ApplicableHeaderTradeSettlement"), invoice, content)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _document(root: Element, invoice: Invoice, content: InvoiceContent) -> None:
    document = child(root, "rsm:ExchangedDocument")
    child(document, "ID", invoice.number)
    child(document, "TypeCode", _TYPE[Invoice.Kind(invoice.kind)])
    day(document, "IssueDateTime", invoice.issue_date)
    for note in (invoice.reason, content.footer):
        optional(document, "IncludedNote/Content", note)


def _line(transaction: Element, line: InvoiceLine, currency: str, category: str, locale: Locale) -> None:
    item = child(transaction, "IncludedSupplyChainTradeLineItem")
    path(item, "AssociatedDocumentLineDocument/LineID", str(line.position))  # BT-126
    product = child(item, "SpecifiedTradeProduct")
    name, description = _product(line, locale)
    child(product, "Name", name)  # BT-153
    optional(product, "Description", description)  # BT-154
    price = path(item, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice")
    amount(price, "ChargeAmount", line.net, currency)  # BT-146
    path(item, "SpecifiedLineTradeDelivery/BilledQuantity", "1", unitCode=_ONE)  # BT-129
    settlement = child(item, "SpecifiedLineTradeSettlement")
    tax = child(settlement, "ApplicableTradeTax")
    child(tax, "TypeCode", "VAT")
    child(tax, "CategoryCode", category)  # BT-151
    child(tax, "RateApplicablePercent", _percent(line.tax_rate))  # BT-152
    if (span := _span(line)) is not None:
        period = child(settlement, "BillingSpecifiedPeriod")
        day(period, "StartDateTime", span[0])  # BT-134
        day(period, "EndDateTime", span[1])  # BT-135
    total = child(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
    amount(total, "LineTotalAmount", line.net, currency)  # BT-131


def _product(line: InvoiceLine, locale: Locale) -> tuple[str, str]:
    """The name and the description of what a line sells."""
    if line.of != Item.STAY:
        month = month_words(line, locale)
        return month.what, ", ".join(part for part in (month.period, month.details) if part)
    stay = [line.location]
    if line.entry_at and line.exit_at:
        stay.append(f"{locale.instant(line.entry_at, line.timezone)} – {locale.instant(line.exit_at, line.timezone)}")
    stay.append(duration_words(line.duration_minutes))
    words = words_of("invoice", locale.language)
    return f"{words['parking']} {line.vehicle_number}".strip(), ", ".join(part for part in stay if part)


def _span(line: InvoiceLine) -> tuple[date, date] | None:
    """The first and the last local day of a line; None for a stay whose times are not known."""
    if line.begins and line.ends:
        return line.begins, line.ends - _ONE_DAY
    if line.entry_at and line.exit_at:
        zone = ZoneInfo(line.timezone)
        return line.entry_at.astimezone(zone).date(), line.exit_at.astimezone(zone).date()
    return None


def _settlement(settlement: Element, invoice: Invoice, content: InvoiceContent) -> None:
    child(settlement, "PaymentReference", invoice.number)  # BT-83
    child(settlement, "InvoiceCurrencyCode", invoice.currency)  # BT-5
    _means(settlement, content)
    _taxes(settlement, invoice, content)
    period = child(settlement, "BillingSpecifiedPeriod")
    day(period, "StartDateTime", invoice.period_from)  # BT-73
    day(period, "EndDateTime", invoice.period_to - _ONE_DAY)  # BT-74, which is the last day and not the one after
    day(child(settlement, "SpecifiedTradePaymentTerms"), "DueDateDateTime", invoice.due_date)  # BT-9
    _sums(settlement, invoice)
    if content.credited is not None:
        reference = child(settlement, "InvoiceReferencedDocument")
        child(reference, "IssuerAssignedID", content.credited.number)  # BT-25
        path(
            reference,
            "FormattedIssueDateTime/qdt:DateTimeString",
            f"{content.credited.issue_date:%Y%m%d}",
            format="102",
        )


def _means(settlement: Element, content: InvoiceContent) -> None:
    if content.bank is None:
        return
    means = child(settlement, "SpecifiedTradeSettlementPaymentMeans")
    child(means, "TypeCode", _CREDIT_TRANSFER)  # BT-81
    account = child(means, "PayeePartyCreditorFinancialAccount")
    child(account, "IBANID", content.bank.iban)  # BT-84
    child(account, "AccountName", content.supplier.name)  # BT-85
    optional(means, "PayeeSpecifiedCreditorFinancialInstitution/BICID", content.bank.bic)  # BT-86


def _taxes(settlement: Element, invoice: Invoice, content: InvoiceContent) -> None:
    for one in content.taxes:
        tax = child(settlement, "ApplicableTradeTax")
        amount(tax, "CalculatedAmount", one.tax, invoice.currency)  # BT-117
        child(tax, "TypeCode", "VAT")
        if one.category == "E":
            child(tax, "ExemptionReason", content.exemption_reason)  # BT-120
        amount(tax, "BasisAmount", one.net, invoice.currency)  # BT-116
        child(tax, "CategoryCode", one.category)  # BT-118
        child(tax, "RateApplicablePercent", _percent(one.rate))  # BT-119


def _sums(settlement: Element, invoice: Invoice) -> None:
    currency = invoice.currency
    sums = child(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    amount(sums, "LineTotalAmount", invoice.net, currency)  # BT-106
    amount(sums, "TaxBasisTotalAmount", invoice.net, currency)  # BT-109
    amount(sums, "TaxTotalAmount", invoice.tax, currency, currencyID=currency)  # BT-110
    if invoice.rounding:
        amount(sums, "RoundingAmount", invoice.rounding, currency)  # BT-114
    amount(sums, "GrandTotalAmount", invoice.gross, currency)  # BT-112
    amount(sums, "TotalPrepaidAmount", invoice.paid, currency)  # BT-113
    amount(sums, "DuePayableAmount", invoice.due, currency)  # BT-115


def _percent(rate: Decimal) -> str:
    return f"{rate:f}"
