"""The receipt of money from a customer, for its account or an invoice."""

import msgspec

from apps.billing.letterheads import get_letterhead, printed
from apps.billing.models import CustomerPayment, Invoice
from apps.core import tenancy

from .locales import find_locale
from .pdf import render_pdf


class CustomerReceiptData(msgspec.Struct, frozen=True, kw_only=True):
    """What `customer_receipt.typ` prints; texts that are empty are left out."""

    roll: bool
    number: str
    issued: str
    cashier: str
    customer: tuple[str, ...]
    purpose: str
    invoice: str
    method: str
    reference: str
    amount: str
    voided: str
    footer: str


def customer_receipt_pdf(payment: CustomerPayment, *, roll: bool) -> bytes:
    """The receipt as PDF in the customer's language: A4, or `roll` for a printer of 80 mm.

    `payment.customer` and `payment.void` are read with it. A payment that was voided says so, when and why.
    """
    setting, customer = get_letterhead(), payment.customer
    locale, zone = find_locale(customer.language), tenancy.current().timezone
    void = getattr(payment, "void", None)
    data = CustomerReceiptData(
        roll=roll,
        number=payment.receipt_number,
        issued=locale.instant(payment.taken_at, zone),
        cashier=payment.taken_by_name,
        customer=(customer.name, *(line for line in customer.address.splitlines() if line.strip())),
        purpose=payment.purpose,
        invoice=_number_of(payment),
        method=payment.method,
        reference=payment.reference,
        amount=locale.money(payment.amount, payment.currency),
        voided=f"{locale.instant(void.voided_at, zone)}, {void.reason}" if void else "",
        footer=setting.footer,
    )
    return render_pdf("customer_receipt", data, letterhead=printed(setting), locale=locale, at=payment.taken_at)


def _number_of(payment: CustomerPayment) -> str:
    """The number of the invoice that it is for; empty where none is named."""
    if payment.invoice_id is None:
        return ""
    return Invoice.objects.values_list("number", flat=True).get(id=payment.invoice_id)
