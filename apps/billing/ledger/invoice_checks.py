"""Whether invoices agree with the ledger, with their own lines and with their numbers, held by SQL."""

from collections.abc import Callable, Iterator
from typing import Any, Final

Rows = Callable[[str], list[tuple[Any, ...]]]

INVOICES: Final = """
SELECT CASE invoice.kind WHEN 'credit_note' THEN 'credit_note_issued' ELSE 'invoice_issued' END, invoice.id,
    part.account, part.party_id, invoice.currency,
    CASE invoice.kind WHEN 'credit_note' THEN -part.amount ELSE part.amount END
FROM billing_invoice invoice JOIN billing_customer customer ON customer.id = customer_id, LATERAL (
    SELECT coalesce(sum(more) FILTER (WHERE item IS NULL), 0)::bigint AS parking,
        coalesce(sum(more) FILTER (WHERE item = 'permit'), 0)::bigint AS permits,
        coalesce(sum(more) FILTER (WHERE item = 'validations'), 0)::bigint AS validations
    FROM (SELECT line ->> 'of' AS item, (line ->> CASE WHEN line ->> 'of' IS NULL THEN 'chargedNet' ELSE 'gross' END
        )::bigint - (line ->> 'net')::bigint AS more FROM jsonb_array_elements(content -> 'lines') AS line) AS each
) AS revenue, LATERAL (VALUES
    (CASE customer.kind WHEN 'prepaid' THEN 'prepaid_liability' ELSE 'haulier_receivable' END, customer_id, moved),
    ('stays_receivable', NULL, -moved), ('tax_payable', NULL, charged_tax - tax),
    ('revenue_parking', NULL, parking), ('revenue_permits', NULL, permits),
    ('revenue_validations', NULL, validations), ('rounding', NULL, -rounding)
) AS part (account, party_id, amount)
WHERE part.amount <> 0
"""
_NUMBERS: Final = """
SELECT sequence.series, last, count(invoice.id) FROM billing_documentsequence sequence
LEFT JOIN billing_invoice invoice ON number LIKE '%-' || sequence.series || '-%'
GROUP BY sequence.series, last
HAVING last <> count(invoice.id) OR last <> max(substring(number FROM '[0-9]+$')::int)
    OR count(invoice.id) <> count(DISTINCT substring(number FROM '[0-9]+$')::int)
ORDER BY 1
"""
_SUMS: Final = """
SELECT number, invoice.net, invoice.tax, invoice.due, lines.net, taxes.tax, lines.due
FROM billing_invoice invoice, LATERAL (
    SELECT sum((line ->> 'net')::bigint)::bigint AS net,
        sum((line ->> 'gross')::bigint - (line ->> 'paid')::bigint)::bigint AS due
    FROM jsonb_array_elements(content -> 'lines') AS line
) AS lines, LATERAL (
    SELECT sum((one ->> 'tax')::bigint)::bigint AS tax FROM jsonb_array_elements(content -> 'taxes') AS one
) AS taxes
WHERE (invoice.net, invoice.tax, invoice.due) IS DISTINCT FROM (lines.net, taxes.tax, lines.due)
ORDER BY number LIMIT 1
"""
# A stay or month is on an invoice as long as no credit note has taken its line away.
_CLAIMS: Final = """
WITH lines AS (
    SELECT coalesce(credits_id, id) AS invoice_id, kind,
        coalesce(line ->> 'stayId', line ->> 'chargeId')::uuid AS item_id, (line ->> 'moved')::bigint AS moved
    FROM billing_invoice, jsonb_array_elements(content -> 'lines') AS line
), standing AS (
    SELECT invoice_id, item_id, max(moved) AS moved FROM lines GROUP BY invoice_id, item_id
    HAVING bool_and(kind = 'invoice')
)
SELECT coalesce(standing.item_id, claim.item_id) FROM standing
FULL JOIN (
    SELECT invoice_id, stay_id AS item_id, moved FROM billing_invoicedstay
    UNION ALL SELECT invoice_id, charge_id, 0 FROM billing_invoicedcharge
) AS claim USING (invoice_id, item_id)
WHERE standing.moved IS DISTINCT FROM claim.moved ORDER BY 1 LIMIT 1
"""


def invoice_disagreements(rows: Rows) -> Iterator[str]:
    """The first disagreement of each kind, in words; amounts in minor units."""
    for series, last, count in rows(_NUMBERS):
        yield f"invoices: {last} numbers of {series} were given out, {count} documents have one"
    for number, net, tax, due, *lines in rows(_SUMS):
        yield f"invoice {number}: says {net} net, {tax} tax and {due} due, its lines {lines}"
    for (item,) in rows(_CLAIMS):
        yield f"stay or charge {item}: on an invoice by its lines or by what keeps it off others, not by both"
