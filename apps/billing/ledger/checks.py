"""Whether the ledger says what the books say: fees, payments and what was given back, held against it by SQL.

The expectations are spelled here a second time, in SQL and not by `movements`, so that a slip in one shows.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.db import connection

FEES: Final = """
SELECT 'stay_charged' AS kind, stay_id AS reference, part.account, NULL::uuid AS party_id, currency, part.amount
FROM billing_stayfee, LATERAL (VALUES ('stays_receivable', total), ('revenue_parking', -base),
    ('revenue_penalties', -penalty), ('discounts', discount), ('tax_payable', -tax)) AS part (account, amount)
WHERE part.amount <> 0
"""
_LANDS_ON: Final = """
CASE method WHEN 'cash' THEN 'cash' WHEN 'card' THEN 'card_clearing' WHEN 'upi' THEN 'upi_clearing'
    WHEN 'account' THEN 'haulier_receivable' ELSE 'online_clearing' END
"""
_HOLDER: Final = "CASE method WHEN 'cash' THEN taken_by END"
PAYMENTS: Final = f"""
SELECT 'payment_taken', id, part.account, part.party_id, currency, part.amount
FROM billing_payment, LATERAL (VALUES ({_LANDS_ON}, {_HOLDER}, amount), ('stays_receivable', NULL, -amount))
    AS part (account, party_id, amount)
"""
REFUNDS: Final = f"""
SELECT CASE kind WHEN 'void' THEN 'payment_voided' ELSE 'payment_refunded' END, refund.id, part.account, part.party_id,
    refund.currency, part.amount
FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id, LATERAL (VALUES
    ({_LANDS_ON}, CASE method WHEN 'cash' THEN CASE kind WHEN 'void' THEN taken_by ELSE given_by END END,
        -refund.amount),
    (CASE kind WHEN 'void' THEN 'stays_receivable' ELSE 'refunds' END, NULL, refund.amount)
) AS part (account, party_id, amount)
"""
EXPECTED: Final = (FEES, PAYMENTS, REFUNDS)
KINDS: Final = ("stay_charged", "payment_taken", "payment_refunded", "payment_voided")

_DIFFERENT = f"""
WITH expected AS ({" UNION ALL ".join(EXPECTED)}), posted AS (
    SELECT kind, reference, account, party_id, currency, sum(amount)::bigint AS amount
    FROM billing_ledgerentry entry JOIN billing_ledgertransaction movement ON movement.id = entry.transaction_id
    WHERE kind = ANY (%s) GROUP BY 1, 2, 3, 4, 5
)
SELECT kind, reference, account, currency, coalesce(expected.amount, 0), coalesce(posted.amount, 0)
FROM (SELECT *, coalesce(party_id, '00000000-0000-0000-0000-000000000000') AS party FROM expected) AS expected
FULL JOIN (SELECT *, coalesce(party_id, '00000000-0000-0000-0000-000000000000') AS party FROM posted) AS posted
    USING (kind, reference, account, party, currency)
WHERE expected.amount IS DISTINCT FROM posted.amount
ORDER BY reference, kind, account LIMIT 1
"""
_CROOKED = """
SELECT movement.id, coalesce(sum(lines), 0)::bigint, coalesce(max(abs(off)), 0)::bigint
FROM billing_ledgertransaction movement LEFT JOIN (
    SELECT transaction_id, count(*) AS lines, sum(amount) AS off
    FROM billing_ledgerentry GROUP BY transaction_id, currency
) AS sums ON sums.transaction_id = movement.id
GROUP BY movement.id HAVING coalesce(sum(lines), 0) < 2 OR bool_or(off <> 0)
ORDER BY 1 LIMIT 1
"""
_MISPAID = """
SELECT stay_id, paid, brought FROM (
    SELECT fee.stay_id, fee.paid, coalesce(sum(payment.amount - coalesce(void.amount, 0)), 0)::bigint AS brought
    FROM billing_stayfee fee LEFT JOIN billing_payment payment ON payment.stay_id = fee.stay_id
    LEFT JOIN billing_refund void ON void.payment_id = payment.id AND void.kind = 'void'
    GROUP BY fee.stay_id
) AS fees WHERE paid <> brought ORDER BY 1 LIMIT 1
"""
_OVERGIVEN = """
SELECT payment.id, payment.amount, sum(refund.amount)::bigint
FROM billing_payment payment JOIN billing_refund refund ON refund.payment_id = payment.id
GROUP BY payment.id HAVING sum(refund.amount) > payment.amount ORDER BY 1 LIMIT 1
"""
_RECEIPTS = """
SELECT coalesce((SELECT sum(last) FROM billing_receiptsequence), 0)::bigint, (SELECT count(*) FROM billing_payment)
"""


def find_disagreements() -> Iterator[str]:
    """The first disagreement of each kind, in words; amounts in minor units. Nothing where all agree.

    A fee or payment whose event the relay has still to deliver is not in the ledger yet, and is named as such.
    """
    for id, lines, off in _rows(_CROOKED):
        yield f"ledger transaction {id} does not balance: {lines} lines, off by {off}"
    for kind, reference, account, currency, expected, posted in _rows(_DIFFERENT, [list(KINDS)]):
        yield f"{kind} {reference}: on {account} the books have {expected} {currency}, the ledger {posted}"
    for stay, paid, brought in _rows(_MISPAID):
        yield f"fee of stay {stay}: says {paid} is paid, its payments brought {brought}"
    for payment, amount, given in _rows(_OVERGIVEN):
        yield f"payment {payment}: brought {amount}, {given} was given back"
    for numbered, payments in _rows(_RECEIPTS):
        if numbered != payments:
            yield f"receipts: {numbered} numbers were given out, {payments} payments have one"


def _rows(statement: str, parameters: list[list[str]] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
