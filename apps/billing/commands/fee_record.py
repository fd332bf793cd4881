"""One statement that records a stay's fee, with its payment if one is made.

It writes nothing where another rate governs than the one that the stay was priced by, where the payment's method is
not offered, or where the stay's account is another one than was seen: a rival's row is waited for by the primary key,
and then compared.
"""

from datetime import datetime
from typing import Any

import msgspec

from apps.billing.applicable_rates import GOVERNING_SQL
from apps.billing.models.stay_fees import STILL_PARKED
from apps.billing.payment_rules import METHOD_OFFERED_SQL
from apps.billing.plates import key_of
from apps.billing.pricing import PricedStay
from apps.billing.stay_accounts import priced_from
from apps.billing.stays import StayFacts
from apps.billing.tariff.stay import elapsed_seconds, started_minutes
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict

from .taking import TAKE_PAYMENT_SQL, TakenPayment, payment_parameters, run_taking

_COLUMNS = (
    "vehicle_type, location_id, duration_minutes, currency, base, penalty, discount, tax, total, tax_rate, lines,"
    " rate_id, rate_version, plan_hash, unpriced_reason, entry_at, ended_at, allowed_until, priced_from, charged_at"
)
_FEE = f"""
WITH governing AS ({GOVERNING_SQL}),
due AS (
    INSERT INTO {{schema}}.billing_stayfee AS account (stay_id, paid, {_COLUMNS})
    SELECT %(stay_id)s, %(paid)s, %(vehicle_type)s, %(location_id)s, %(duration_minutes)s, %(currency)s, %(base)s,
        %(penalty)s, %(discount)s, %(tax)s, %(total)s, %(tax_rate)s, %(lines)s::jsonb, %(rate_id)s, %(rate_version)s,
        %(plan_hash)s, %(unpriced_reason)s, %(entry_at)s, %(ended_at)s, %(allowed_until)s, %(priced_from)s::jsonb,
        %(at)s
    FROM governing WHERE governing.id IS NOT DISTINCT FROM %(rate_row_id)s {{and_offered}}
        AND (%(permits_seen)s OR NOT EXISTS (
            SELECT FROM {{schema}}.billing_permitvehicle WHERE plate_key = %(plate_key)s))
    ON CONFLICT (stay_id) DO UPDATE SET paid = account.paid + excluded.paid,
        ({_COLUMNS}) = ROW ({", ".join("excluded." + name.strip() for name in _COLUMNS.split(","))})
    WHERE account.unpriced_reason = '{STILL_PARKED}' AND account.revision = %(revision)s
    RETURNING stay_id
)"""
_RECORD_FEE = Statement(_FEE.replace("{and_offered}", "") + " SELECT '' FROM due")
_RECORD_FEE_AND_PAYMENT = Statement(
    _FEE.replace("{and_offered}", f"AND {METHOD_OFFERED_SQL}") + f", {TAKE_PAYMENT_SQL}"
)
_encode = msgspec.json.encode
_NO_AMOUNTS: dict[str, Any] = dict.fromkeys(("base", "penalty", "discount", "tax", "total", "tax_rate"))


class AlreadyCharged(Conflict):
    code, title = "already_charged", "This stay has its fee already"


def record_fee(
    *,
    stay: StayFacts,
    ended_at: datetime,
    priced: PricedStay,
    payment: TakenPayment | None,
    actor: Actor,
    at: datetime,
    revision: int = 0,
    permits_seen: bool = False,
) -> str | None:
    """Write the fee and the payment; give the receipt number, "" without a payment.

    None, and nothing is written, if another rate governs, the way to pay is not offered, or the stay's account is not
    at `revision` (0: there is none), or the vehicle has a permit and nobody has seen to it. Raises ReferenceUsed.
    """
    parameters = fee_parameters(
        stay=stay, ended_at=ended_at, priced=priced, paid=payment.amount if payment else 0, at=at
    )
    parameters |= {"revision": revision, "permits_seen": permits_seen}
    if payment is None:
        rows = _RECORD_FEE.run(parameters)
    else:
        rows = run_taking(_RECORD_FEE_AND_PAYMENT, parameters | payment_parameters(payment, actor=actor))
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
        "ended_at": ended_at,
        "allowed_until": stay.allowed_until,
        "priced_from": priced_from(stay),
        "rate_row_id": rate.row_id if rate else None,
        "rate_id": rate.rate_id if rate else None,
        "rate_version": rate.version if rate else None,
        "plan_hash": rate.plan_hash if rate and priced.fee else "",
        "unpriced_reason": priced.unpriced_reason,
        "plate_key": key_of(stay.vehicle_number) if stay.vehicle_number else "",
        "permits_seen": False,
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
