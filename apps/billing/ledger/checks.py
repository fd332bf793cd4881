"""Whether the ledger says what the books say: fees, payments, refunds, accounts and shifts, held against it by SQL.

The expectations are spelled here a second time, in SQL and not by `movements`, so that a slip in one shows.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.db import connection

from .invoice_checks import INVOICES, invoice_disagreements
from .shift_checks import SHIFT_CHECKS, SHIFT_KINDS, SHIFTS

FEES: Final = """
SELECT 'stay_charged' AS kind, stay_id AS reference, part.account, NULL::uuid AS party_id, currency, part.amount
FROM billing_stayfee, LATERAL (VALUES ('stays_receivable', total), ('revenue_parking', -base),
    ('revenue_penalties', -penalty), ('discounts', discount), ('tax_payable', -tax)) AS part (account, amount)
WHERE part.amount <> 0
"""
_OF_KIND: Final = "CASE customer.kind WHEN 'prepaid' THEN 'prepaid_liability' ELSE 'haulier_receivable' END"
_CHARGED: Final = """FROM billing_accountcharge charge JOIN billing_customer customer ON customer.id = customer_id
    WHERE charge.of = 'payment' AND charge.reference = payment.id"""
_LANDS_ON: Final = f"""
CASE method WHEN 'cash' THEN 'cash' WHEN 'card' THEN 'card_clearing' WHEN 'upi' THEN 'upi_clearing'
    WHEN 'account' THEN (SELECT {_OF_KIND} {_CHARGED}) WHEN 'bank_transfer' THEN 'bank' ELSE 'online_clearing' END
"""
_CHARGED_TO: Final = f"(SELECT customer_id {_CHARGED})"
_HOLDER: Final = f"CASE method WHEN 'cash' THEN taken_by WHEN 'account' THEN {_CHARGED_TO} END"
PAYMENTS: Final = f"""
SELECT 'payment_taken', id, part.account, part.party_id, currency, part.amount
FROM billing_payment payment, LATERAL (VALUES ({_LANDS_ON}, {_HOLDER}, amount), ('stays_receivable', NULL, -amount))
    AS part (account, party_id, amount)
"""
REFUNDS: Final = f"""
SELECT CASE kind WHEN 'void' THEN 'payment_voided' ELSE 'payment_refunded' END, refund.id, part.account, part.party_id,
    refund.currency, part.amount
FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
LEFT JOIN billing_cashshift shift ON shift.id = refund.shift_id, LATERAL (VALUES
    (CASE method WHEN 'online' THEN 'refunds_payable' ELSE {_LANDS_ON} END,
        CASE method WHEN 'cash' THEN coalesce(shift.cashier_id, CASE kind WHEN 'void' THEN taken_by ELSE given_by END)
            WHEN 'account' THEN {_CHARGED_TO} END,
        -refund.amount),
    ('stays_receivable', NULL, CASE kind WHEN 'void' THEN refund.amount ELSE surplus END),
    ('refunds', NULL, CASE kind WHEN 'void' THEN 0 ELSE refund.amount - surplus END)
) AS part (account, party_id, amount)
WHERE part.amount <> 0
"""
CUSTOMERS: Final = f"""
SELECT 'customer_paid', payment.id, part.account, part.party_id, payment.currency, part.amount
FROM billing_customerpayment payment JOIN billing_customer customer ON customer.id = customer_id, LATERAL (VALUES
    ({_LANDS_ON}, CASE method WHEN 'cash' THEN taken_by END, payment.amount),
    ({_OF_KIND}, customer_id, -payment.amount)
) AS part (account, party_id, amount)
"""
CUSTOMER_VOIDS: Final = f"""
SELECT 'customer_payment_voided', payment.id, part.account, part.party_id, payment.currency, part.amount
FROM billing_customerpaymentvoid void JOIN billing_customerpayment payment ON payment.id = void.payment_id
JOIN billing_customer customer ON customer.id = payment.customer_id
LEFT JOIN billing_cashshift shift ON shift.id = void.shift_id, LATERAL (VALUES
    ({_LANDS_ON}, CASE method WHEN 'cash' THEN coalesce(shift.cashier_id, taken_by) END, -payment.amount),
    ({_OF_KIND}, payment.customer_id, payment.amount)
) AS part (account, party_id, amount)
"""
MONTHS: Final = f"""
SELECT charge.of || '_charged', charge.reference, part.account, part.party_id, charge.currency, part.amount
FROM billing_accountcharge charge JOIN billing_customer customer ON customer.id = customer_id, LATERAL (VALUES
    ({_OF_KIND}, customer_id, charge.amount),
    (CASE charge.of WHEN 'permit' THEN 'revenue_permits' ELSE 'revenue_validations' END, NULL, -charge.amount)
) AS part (account, party_id, amount) WHERE charge.of <> 'payment'
"""
SENDINGS: Final = """
SELECT part.kind, sending.id, part.account, NULL::uuid, refund.currency, part.amount
FROM billing_refundsending sending JOIN billing_refund refund ON refund.id = refund_id, LATERAL (VALUES
    ('refund_sent', 'refunds_payable', refund.amount, settled),
    ('refund_sent', 'online_clearing', -refund.amount, settled),
    ('refund_returned', 'refunds_payable', -refund.amount, settled AND status = 'failed'),
    ('refund_returned', 'online_clearing', refund.amount, settled AND status = 'failed')
) AS part (kind, account, amount, happened) WHERE happened
"""
DISPUTES: Final = """
SELECT part.kind, dispute.id, part.account, NULL::uuid, currency, part.amount
FROM billing_dispute dispute, LATERAL (VALUES
    ('dispute_withdrawn', 'disputed', amount, withdrawn),
    ('dispute_withdrawn', 'online_clearing', -amount, withdrawn),
    ('dispute_reinstated', 'disputed', -amount, reinstated),
    ('dispute_reinstated', 'online_clearing', amount, reinstated),
    ('dispute_lost', 'disputed', -amount, withdrawn AND NOT reinstated AND status = 'lost'),
    ('dispute_lost', 'chargebacks', amount, withdrawn AND NOT reinstated AND status = 'lost'),
    ('dispute_fee', 'provider_fees', fee, fee > 0),
    ('dispute_fee', 'online_clearing', -fee, fee > 0),
    ('dispute_fee_returned', 'provider_fees', -fee_returned, fee_returned > 0),
    ('dispute_fee_returned', 'online_clearing', fee_returned, fee_returned > 0)
) AS part (kind, account, amount, happened) WHERE happened
"""
EXPECTED: Final = (FEES, PAYMENTS, REFUNDS, CUSTOMERS, CUSTOMER_VOIDS, MONTHS, SENDINGS, DISPUTES, *SHIFTS, INVOICES)
KINDS: Final = (
    "stay_charged",
    "payment_taken",
    "payment_refunded",
    "payment_voided",
    "customer_paid",
    "customer_payment_voided",
    "permit_charged",
    "validations_charged",
    "refund_sent",
    "refund_returned",
    "dispute_withdrawn",
    "dispute_reinstated",
    "dispute_lost",
    "dispute_fee",
    "dispute_fee_returned",
    *SHIFT_KINDS,
    "invoice_issued",
    "credit_note_issued",
)

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
    SELECT fee.stay_id, fee.paid, (coalesce(sum(payment.amount - coalesce(back, 0)), 0) + coalesce(
        (SELECT moved FROM billing_invoicedstay invoiced WHERE invoiced.stay_id = fee.stay_id), 0))::bigint AS brought
    FROM billing_stayfee fee LEFT JOIN billing_payment payment ON payment.stay_id = fee.stay_id
    LEFT JOIN (
        SELECT payment_id, sum(CASE kind WHEN 'void' THEN amount ELSE surplus END) AS back
        FROM billing_refund GROUP BY payment_id
    ) AS given ON given.payment_id = payment.id
    GROUP BY fee.stay_id
) AS fees WHERE paid <> brought ORDER BY 1 LIMIT 1
"""
_OVERGIVEN = """
SELECT payment.id, payment.amount, sum(refund.amount)::bigint
FROM billing_payment payment JOIN billing_refund refund ON refund.payment_id = payment.id
GROUP BY payment.id HAVING sum(refund.amount) > payment.amount ORDER BY 1 LIMIT 1
"""
_RECEIPTS = """
SELECT coalesce((SELECT sum(last) FROM billing_receiptsequence), 0)::bigint,
    (SELECT count(*) FROM billing_payment) + (SELECT count(*) FROM billing_customerpayment)
"""
# What is on a customer's account is its charges, less what it paid and what was given back of payments by account.
_ON_ACCOUNT = """
SELECT customer.id, coalesce(charged, 0)::bigint, coalesce(posted, 0)::bigint FROM billing_customer customer
LEFT JOIN (SELECT customer_id, sum(amount) AS charged FROM (
    SELECT customer_id, amount FROM billing_accountcharge
    UNION ALL SELECT customer_id, -amount FROM billing_customerpayment
        WHERE id NOT IN (SELECT payment_id FROM billing_customerpaymentvoid)
    UNION ALL SELECT customer_id, CASE kind WHEN 'credit_note' THEN -moved ELSE moved END FROM billing_invoice
    UNION ALL SELECT customer_id, -refund.amount FROM billing_refund refund
        JOIN billing_accountcharge charge ON charge.of = 'payment' AND charge.reference = refund.payment_id
) AS movements GROUP BY customer_id) AS books ON books.customer_id = customer.id
LEFT JOIN (SELECT party_id, sum(amount) AS posted FROM billing_ledgerentry
    WHERE account IN ('haulier_receivable', 'prepaid_liability') GROUP BY party_id) AS ledger ON party_id = customer.id
WHERE coalesce(charged, 0) <> coalesce(posted, 0) ORDER BY 1 LIMIT 1
"""
_NAMED: Final = (
    (_ON_ACCOUNT, "customer {0}: owes {1} by its charges and payments, {2} by the ledger"),
    *SHIFT_CHECKS,
)


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
    for statement, words in _NAMED:
        yield from (words.format(*row) for row in _rows(statement))
    yield from invoice_disagreements(_rows)
    for numbered, payments in _rows(_RECEIPTS):
        if numbered != payments:
            yield f"receipts: {numbered} numbers were given out, {payments} payments have one"


def _rows(statement: str, parameters: list[list[str]] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
