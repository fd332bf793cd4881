"""What an invoice means for the accounts: debts that move to the customer, and tax as it is on the sum."""

from apps.billing.invoicing.content import Item, content_of
from apps.billing.models import Customer, Invoice

from .chart import Account
from .lines import Line, Posting, balanced

INVOICE_ISSUED = "invoice_issued"
CREDIT_NOTE_ISSUED = "credit_note_issued"
_REVENUE = {
    Item.STAY: Account.REVENUE_PARKING,
    Item.PERMIT: Account.REVENUE_PERMITS,
    Item.VALIDATIONS: Account.REVENUE_VALIDATIONS,
}


def invoice_issued(invoice: Invoice, customer: Customer) -> Posting | None:
    """What an invoice moves, or a credit note moves back; None where nothing does.

    What was on the customer's account stays there. What was unpaid comes to it; and where the tax on the sum is another
    than that of the stays one by one, revenue and tax are put right. The tax of a month is booked by its invoice alone.
    """
    sign = -1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
    amounts = (
        (customer.ledger_account, invoice.moved, customer.id),
        (Account.STAYS_RECEIVABLE, -invoice.moved, None),
        (Account.TAX_PAYABLE, invoice.charged_tax - invoice.tax, None),
        *[(account, _more(invoice, item), None) for item, account in _REVENUE.items()],
        (Account.ROUNDING, -invoice.rounding, None),
    )
    lines = tuple(
        Line(account=account, amount=sign * minor, currency=invoice.currency, party_id=party_id)
        for account, minor, party_id in amounts
        if minor
    )
    if not lines:
        return None
    return balanced(
        Posting(
            kind=CREDIT_NOTE_ISSUED if sign < 0 else INVOICE_ISSUED,
            reference=invoice.id,
            occurred_at=invoice.issued_at,
            lines=lines,
            location_id=None,
            actor_id=invoice.issued_by,
            actor_name=invoice.issued_by_name,
        )
    )


def _more(invoice: Invoice, item: Item) -> int:
    """What was booked as revenue of these lines, above what the invoice says is net."""
    return sum(line.booked_net - line.net for line in content_of(invoice).lines if line.of == item)
