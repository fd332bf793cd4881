"""What was charged, paid and given back over a time, from billing's own rows."""

from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from django.db import connection

from apps.core import reach, tenancy
from apps.core.errors import Invalid

from .periods import Span

GroupBy = Literal["day", "week", "month", "location", "vehicleType", "method", "customer"]
MOST_DAYS: Final = 1_100
"""So long a time may be asked for by the day; longer ones by week or month, at most so many of them."""

# A period is named by its first local day; date_trunc begins weeks on Monday (ISO 8601).
_PERIOD: Final = "date_trunc('{unit}', {at} AT TIME ZONE %(zone)s)::date::text"
_CUSTOMER: Final = """(SELECT customer_id::text FROM billing_accountcharge charge
    WHERE charge.of = 'payment' AND charge.reference = payment.id)"""
_FEE_KEYS: Final = {"location": "fee.location_id::text", "vehicleType": "fee.vehicle_type"}
# A month is put on an account, as a payment by account puts a stay there, and is of no location.
_MONTH_KEYS: Final = {"method": "'account'", "customer": "charge.customer_id::text"}
_MONEY_KEYS: Final = {**_FEE_KEYS, "method": "payment.method", "customer": _CUSTOMER}

# Each row: a key, a currency, and what it adds to the sums of both. Voids, and refunds of what was paid too much, take
# back what was paid; other refunds do not.
_HISTORY: Final = """
WITH rows AS (
    SELECT {fee_key} AS key, fee.currency, total AS charged, discount, tax, 0 AS paid, 0 AS refunded,
        total - fee.paid AS outstanding, 1 AS stays
    FROM billing_stayfee fee
    WHERE {fees} AND total IS NOT NULL AND charged_at >= %(since)s AND charged_at < %(until)s {within}
    UNION ALL
    SELECT {payment_key}, payment.currency, 0, 0, 0, payment.amount, 0, 0, 0
    FROM billing_payment payment JOIN billing_stayfee fee ON fee.stay_id = payment.stay_id
    WHERE taken_at >= %(since)s AND taken_at < %(until)s {within}
    UNION ALL
    SELECT {refund_key}, refund.currency, 0, 0, 0, CASE kind WHEN 'void' THEN -refund.amount ELSE -surplus END,
        CASE kind WHEN 'void' THEN 0 ELSE refund.amount - surplus END, 0, 0
    FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
    JOIN billing_stayfee fee ON fee.stay_id = payment.stay_id
    WHERE given_at >= %(since)s AND given_at < %(until)s {within}
    UNION ALL
    SELECT {month_key}, charge.currency, CASE WHEN {fees} THEN charge.amount ELSE 0 END, 0, 0, charge.amount, 0, 0, 0
    FROM billing_accountcharge charge
    WHERE {months} AND charge.of <> 'payment' AND charged_at >= %(since)s AND charged_at < %(until)s
)
SELECT key, currency, sum(charged)::bigint, sum(discount)::bigint, sum(tax)::bigint, sum(paid)::bigint,
    sum(refunded)::bigint, sum(outstanding)::bigint, sum(stays)::bigint
FROM rows WHERE key IS NOT NULL GROUP BY key, currency ORDER BY key, currency
"""


class HistoryRow(msgspec.Struct, frozen=True):
    """The sums of a key and currency in minor units; `outstanding` is what of these charges is due now."""

    key: str
    currency: str
    charged: int
    discounts: int
    tax: int
    paid: int
    refunded: int
    outstanding: int
    stays: int


def get_billing_history(*, span: Span, group_by: GroupBy) -> list[HistoryRow]:
    """The history of a span by periods of the tenant's calendar, or by what the money was for, within reach.

    A charge counts when its stay ended or was settled, a payment when it was taken, a refund or void when it was given.

    A month of a permit or of validations is charged to an account and thereby paid, gross; it is of no location, and
    not for who looks after some. By method and by customer there is only what was paid and given back: a charge of a
    stay has neither. Raises Invalid for too many periods.
    """
    _require_few_periods(span, group_by)
    unit = group_by if group_by in ("day", "week", "month") else ""

    def key(keys: dict[str, str], at: str) -> str:
        return _PERIOD.format(unit=unit, at=at) if unit else keys.get(group_by, "NULL::text")

    query = _HISTORY.format(
        fee_key=key(_FEE_KEYS, "charged_at"),
        payment_key=key(_MONEY_KEYS, "taken_at"),
        refund_key=key(_MONEY_KEYS, "given_at"),
        month_key=key(_MONTH_KEYS, "charged_at"),
        months="TRUE" if reach.locations() is None else "FALSE",
        fees="TRUE" if unit or group_by in _FEE_KEYS else "FALSE",
        within="" if reach.locations() is None else "AND fee.location_id = ANY (%(locations)s)",
    )
    parameters: dict[str, Any] = {
        "since": span.since,
        "until": span.until,
        "zone": tenancy.current().timezone,
        "locations": _locations(),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [HistoryRow(*row) for row in cursor.fetchall()]


def _locations() -> list[UUID]:
    return list(reach.locations() or ())


def _require_few_periods(span: Span, group_by: GroupBy) -> None:
    days = {"day": 1, "week": 7, "month": 30}.get(group_by)
    if days and (span.until - span.since).days > MOST_DAYS * days:
        raise Invalid.field("to", "period_too_long", f"Ask for at most {MOST_DAYS * days} days by the {group_by}.")
