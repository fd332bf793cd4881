"""One statement that records a stay's fee, with its payment if one is made, if the rate it was priced by governs."""

from datetime import datetime
from typing import Any

import msgspec
import psycopg

from apps.billing.applicable_rates import GOVERNING_SQL
from apps.billing.pricing import PricedStay
from apps.billing.stays import StayFacts
from apps.billing.tariff.stay import elapsed_seconds, started_minutes
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement, violated_constraint
from apps.core.errors import Conflict

from .taking import TAKE_PAYMENT_SQL, TakenPayment, payment_parameters

_FEE = f"""
WITH governing AS ({GOVERNING_SQL}),
due AS (
    INSERT INTO {{schema}}.billing_stayfee (stay_id, vehicle_type, location_id, duration_minutes, currency, base,
        penalty, discount, tax, total, tax_rate, lines, rate_id, rate_version, plan_hash, unpriced_reason, paid,
        charged_at)
    SELECT %(stay_id)s, %(vehicle_type)s, %(location_id)s, %(duration_minutes)s, %(currency)s, %(base)s, %(penalty)s,
        %(discount)s, %(tax)s, %(total)s, %(tax_rate)s, %(lines)s::jsonb, %(rate_id)s, %(rate_version)s,
        %(plan_hash)s, %(unpriced_reason)s, %(paid)s, %(at)s
    FROM governing WHERE governing.id IS NOT DISTINCT FROM %(rate_row_id)s
    RETURNING stay_id
)"""
_RECORD_FEE = Statement(f"{_FEE} SELECT '' FROM due")
_RECORD_FEE_AND_PAYMENT = Statement(f"{_FEE}, {TAKE_PAYMENT_SQL}")
_encode = msgspec.json.encode
_NO_AMOUNTS: dict[str, Any] = dict.fromkeys(("base", "penalty", "discount", "tax", "total", "tax_rate"))


class AlreadyCharged(Conflict):
    code, title = "already_charged", "This stay has its fee already"


def record_fee(
    *, stay: StayFacts, ended_at: datetime, priced: PricedStay, payment: TakenPayment | None, actor: Actor, at: datetime
) -> str | None:
    """Write the fee and the payment; give the receipt number ("" without a payment), or None if another rate governs.

    Raises AlreadyCharged, after which the transaction can only be rolled back.
    """
    parameters = fee_parameters(
        stay=stay, ended_at=ended_at, priced=priced, paid=payment.amount if payment else 0, at=at
    )
    try:
        if payment is None:
            rows = _RECORD_FEE.run(parameters)
        else:
            rows = _RECORD_FEE_AND_PAYMENT.run(parameters | payment_parameters(payment, actor=actor))
    except psycopg.IntegrityError as error:
        if violated_constraint(error) == "billing_stayfee_pkey":
            raise AlreadyCharged("A stay is charged once; a later payment is made by POST billing/payments.") from error
        raise
    return str(rows[0][0]) if rows else None


def fee_parameters(
    *, stay: StayFacts, ended_at: datetime, priced: PricedStay, paid: int, at: datetime
) -> dict[str, Any]:
    """A fee as the columns of its row, with what the check of the governing rate needs; `paid` in minor units."""
    rate = priced.rate
    return _amounts(stay, ended_at, priced) | {
        "stay_id": stay.stay_id,
        "vehicle_type": stay.vehicle_type,
        "location_id": stay.location_id,
        "entry_at": stay.entry_at,
        "rate_row_id": rate.row_id if rate else None,
        "rate_id": rate.rate_id if rate else None,
        "rate_version": rate.version if rate else None,
        "plan_hash": rate.plan_hash if rate and priced.fee else "",
        "unpriced_reason": priced.unpriced_reason,
        "paid": paid,
        "at": at,
    }


def _amounts(stay: StayFacts, ended_at: datetime, priced: PricedStay) -> dict[str, Any]:
    fee = priced.fee
    if fee is None:
        return _NO_AMOUNTS | {
            "duration_minutes": started_minutes(elapsed_seconds(stay.entry_at, ended_at)),
            "currency": tenancy.current().currency,
            "lines": "[]",
        }
    return {
        "duration_minutes": fee.duration_minutes,
        "currency": fee.currency,
        "base": fee.base,
        "penalty": fee.penalty,
        "discount": fee.discount,
        "tax": fee.tax,
        "total": fee.total,
        "tax_rate": fee.tax_rate,
        "lines": _encode(fee.lines).decode(),
    }
