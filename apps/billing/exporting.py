"""What an accountant takes into the own books: the ledger's lines, and the invoices, as long tables."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.core.api.streams import csv_cell, csv_line
from apps.core.money import minor_to_decimal

from .periods import Span

PAGE: Final = 1_000
Row = tuple[Any, ...]

LEDGER_COLUMNS: Final = (
    "entryId", "transactionId", "occurredAt", "kind", "reference", "document", "account", "party", "partyName", "debit",
    "credit", "currency", "locationId", "actor",
)  # fmt: skip
# Documents: a payment's receipt (also of what was given back of it), a customer's receipt, an invoice's number.
_LEDGER: Final = """
SELECT entry.id, movement.id, movement.occurred_at, movement.kind, movement.reference,
    coalesce(payment.receipt_number, refunded.receipt_number, paid.receipt_number, invoice.number, ''), entry.account,
    entry.party_id, coalesce(customer.name, ''), entry.amount, entry.currency, movement.location_id, movement.actor_name
FROM billing_ledgertransaction movement JOIN billing_ledgerentry entry ON entry.transaction_id = movement.id
LEFT JOIN billing_payment payment ON payment.id = movement.reference
LEFT JOIN billing_refund refund ON refund.id = movement.reference
LEFT JOIN billing_payment refunded ON refunded.id = refund.payment_id
LEFT JOIN billing_customerpayment paid ON paid.id = movement.reference
LEFT JOIN billing_invoice invoice ON invoice.id = movement.reference
LEFT JOIN billing_customer customer ON customer.id = entry.party_id
WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
    AND (%(at)s::timestamptz IS NULL OR (occurred_at, movement.id, entry.id) > (%(at)s, %(movement)s, %(entry)s))
ORDER BY occurred_at, movement.id, entry.id LIMIT %(limit)s
"""
INVOICE_COLUMNS: Final = (
    "id", "number", "kind", "credits", "customerId", "customerName", "taxId", "from", "to", "issueDate", "dueDate",
    "currency", "taxCategory", "taxRate", "net", "tax", "gross", "documentRounding", "documentPaid", "documentDue",
)  # fmt: skip
# A line for each tax rate of a document; a credit note's amounts take away.
_INVOICES: Final = """
SELECT invoice.id, invoice.number, invoice.kind, coalesce(credited.number, ''), invoice.customer_id,
    invoice.content -> 'customer' ->> 'name', coalesce(invoice.content -> 'customer' ->> 'taxId', ''),
    invoice.period_from, invoice.period_to, invoice.issue_date, invoice.due_date, invoice.currency,
    one ->> 'category', one ->> 'rate', (one ->> 'net')::bigint, (one ->> 'tax')::bigint, invoice.rounding,
    invoice.paid, invoice.due, place
FROM billing_invoice invoice LEFT JOIN billing_invoice credited ON credited.id = invoice.credits_id,
    jsonb_array_elements(invoice.content -> 'taxes') WITH ORDINALITY AS taxes (one, place)
WHERE invoice.issued_at >= %(since)s AND invoice.issued_at < %(until)s
    AND (%(invoice)s::uuid IS NULL OR (invoice.id, place) > (%(invoice)s, %(place)s))
ORDER BY invoice.id, place LIMIT %(limit)s
"""


def ledger_pages(span: Span) -> Callable[[Row | None], Sequence[Row]]:
    """The ledger's lines of a span, by pages in the order of their movements."""

    def after(last: Row | None) -> Sequence[Row]:
        place = {"at": last[2], "movement": last[1], "entry": last[0]} if last else _NOWHERE
        return _rows(_LEDGER, {"since": span.since, "until": span.until, "limit": PAGE, **place})

    return after


def invoice_pages(span: Span) -> Callable[[Row | None], Sequence[Row]]:
    """The invoices and credit notes issued in a span, a row for each tax rate, by pages."""

    def after(last: Row | None) -> Sequence[Row]:
        place = {"invoice": last[0], "place": last[-1]} if last else {"invoice": None, "place": 0}
        return _rows(_INVOICES, {"since": span.since, "until": span.until, "limit": PAGE, **place})

    return after


def ledger_lines(rows: Sequence[Row]) -> bytes:
    """The rows as CSV: a debit or a credit, never both, neither below zero."""
    return b"".join(_line(_ledger_cells(row)) for row in rows)


def invoice_lines(rows: Sequence[Row]) -> bytes:
    """The rows as CSV."""
    return b"".join(_line(_invoice_cells(row)) for row in rows)


def head(columns: Sequence[str]) -> bytes:
    """The line of names."""
    return csv_line(columns)


_NOWHERE: Final = {"at": None, "movement": None, "entry": None}


def _ledger_cells(row: Row) -> tuple[Any, ...]:
    *before, amount, currency, location, actor = row
    debit = minor_to_decimal(max(amount, 0), currency) if amount > 0 else None
    credit = minor_to_decimal(max(-amount, 0), currency) if amount < 0 else None
    return (*before, debit, credit, currency, location, actor)


def _invoice_cells(row: Row) -> tuple[Any, ...]:
    *before, category, rate, net, tax, rounding, paid, due, _ = row
    currency, sign = before[-1], -1 if row[2] == "credit_note" else 1
    amounts = [minor_to_decimal(sign * minor, currency) for minor in (net, tax, net + tax, rounding, paid, due)]
    return (*before, category, Decimal(rate), *amounts)


def _line(cells: Sequence[Any]) -> bytes:
    return csv_line([csv_cell(value) for value in cells])


def _rows(query: str, parameters: dict[str, Any]) -> Sequence[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
