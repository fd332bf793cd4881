"""What EN 16931 asks for and a letterhead may lack."""

from apps.billing.invoicing.content import InvoiceContent
from apps.billing.models import Invoice
from apps.core.errors import Conflict
from apps.core.money import currency_digits


class EInvoiceIncomplete(Conflict):
    code, title = "e_invoice_incomplete", "This invoice lacks what an electronic invoice must have"


def require_complete(invoice: Invoice, content: InvoiceContent) -> None:
    """Raises EInvoiceIncomplete naming what was missing when the invoice was issued.

    The seller's country and tax number (BR-9, BR-S-02, BR-CO-26) and the buyer's country (BR-11); and amounts of at
    most two decimals (BR-DEC-*).
    """
    missing = [
        name
        for name, value in (
            ("letterhead.country", content.supplier.country),
            ("letterhead.taxId", content.supplier.tax_id),
            ("customer.country", content.customer.country),
        )
        if not value
    ]
    if missing:
        raise EInvoiceIncomplete(
            "Complete the letterhead, credit this invoice and issue it anew.", facts={"missing": missing}
        )
    if currency_digits(invoice.currency) > 2:
        raise EInvoiceIncomplete(f"EN 16931 knows two decimals; {invoice.currency} has more.")
