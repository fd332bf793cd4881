"""Whether ledger, payments and shift counts agree, by SQL: what `checks` asks of cash shifts."""

from typing import Final

_OPENED: Final = """
SELECT 'shift_opened', id, part.account, part.party_id, currency, part.amount
FROM billing_cashshift, LATERAL (VALUES ('cash', cashier_id, opening_float), ('safe', NULL, -opening_float))
    AS part (account, party_id, amount)
WHERE part.amount <> 0
"""
_MOVED: Final = """
SELECT 'cash_moved', moved.id, part.account, part.party_id, currency, part.amount
FROM billing_shiftmovement moved JOIN billing_cashshift shift ON shift.id = moved.shift_id, LATERAL (VALUES
    ('cash', cashier_id, CASE kind WHEN 'pay_in' THEN amount ELSE -amount END),
    (CASE kind WHEN 'expense' THEN 'expenses' ELSE 'safe' END, NULL,
        CASE kind WHEN 'pay_in' THEN -amount ELSE amount END)
) AS part (account, party_id, amount)
"""
_COUNTED: Final = """
SELECT 'shift_closed', id, part.account, part.party_id, currency, part.amount
FROM billing_cashshift, LATERAL (VALUES ('cash', cashier_id, -expected), ('safe', NULL, counted),
    ('cash_over_short', NULL, expected - counted)) AS part (account, party_id, amount)
WHERE status <> 'open' AND part.amount <> 0
"""
_RECOUNTED: Final = """
SELECT 'shift_recounted', id, part.account, NULL::uuid, currency, part.amount FROM (
    SELECT again.id, shift.currency, again.counted - coalesce(
        lag(again.counted) OVER (PARTITION BY shift.id ORDER BY number), shift.counted) AS more
    FROM billing_shiftrecount again JOIN billing_cashshift shift ON shift.id = again.shift_id
) AS recount, LATERAL (VALUES ('safe', more), ('cash_over_short', -more)) AS part (account, amount)
WHERE part.amount <> 0
"""
SHIFTS: Final = (_OPENED, _MOVED, _COUNTED, _RECOUNTED)
SHIFT_KINDS: Final = ("shift_opened", "cash_moved", "shift_closed", "shift_recounted")

_MISCOUNTED: Final = """
SELECT id, expected, added FROM (
    SELECT shift.id, expected, (opening_float
        + coalesce((SELECT sum(amount) FROM billing_shiftpayment counted
            JOIN billing_payment payment ON payment.id = counted.payment_id WHERE counted.shift_id = shift.id), 0)
        + coalesce((SELECT sum(amount) FROM billing_customerpayment paid WHERE paid.shift_id = shift.id), 0)
        - coalesce((SELECT sum(paid.amount) FROM billing_customerpaymentvoid void
            JOIN billing_customerpayment paid ON paid.id = void.payment_id WHERE void.shift_id = shift.id), 0)
        - coalesce((SELECT sum(amount) FROM billing_refund refund WHERE refund.shift_id = shift.id), 0)
        + coalesce((SELECT sum(CASE kind WHEN 'pay_in' THEN amount ELSE -amount END)
            FROM billing_shiftmovement moved WHERE moved.shift_id = shift.id), 0))::bigint AS added
    FROM billing_cashshift shift WHERE status <> 'open'
) AS sums WHERE expected <> added ORDER BY 1 LIMIT 1
"""
_MISPLACED: Final = """
SELECT payment.id, shift.id FROM billing_shiftpayment counted
JOIN billing_payment payment ON payment.id = counted.payment_id
JOIN billing_cashshift shift ON shift.id = counted.shift_id
WHERE payment.method <> 'cash' OR payment.taken_by IS DISTINCT FROM shift.cashier_id
    OR payment.currency <> shift.currency OR shift.status = 'open'
ORDER BY 1 LIMIT 1
"""
SHIFT_CHECKS: Final = (
    (_MISCOUNTED, "shift {0}: expected {1}, its float, payments, refunds and movements come to {2}"),
    (_MISPLACED, "payment {0}: was counted in shift {1}, where it cannot lie"),
)
"""What finds the first disagreement of a kind, and the words for it."""
