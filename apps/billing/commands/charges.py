"""The fee of a stay at its exit, with what is paid for it there and then."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from apps.billing.answers import FeeCalculation, PaymentRecord, fee_calculation, payment_record, stored_fee_calculation
from apps.billing.models import StayFee
from apps.billing.pricing import PricedStay, price_stay
from apps.billing.stays import StayFacts
from apps.billing.tariff import Fee
from apps.billing.tariff.stay import elapsed_seconds, started_minutes
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement, violated_constraint
from apps.core.errors import Conflict
from apps.core.events.publish import NotInTransaction
from apps.core.money import minor_to_decimal

from .taking import (
    TAKE_PAYMENT_SQL,
    FeeUnknown,
    PaymentRequired,
    TakenPayment,
    TakePayment,
    amount_due_is_paid,
    new_payment,
    payment_parameters,
)

_INSERT_FEE = """
INSERT INTO {schema}.billing_stayfee (stay_id, vehicle_type, location_id, duration_minutes, currency, base, penalty,
                                      discount, tax, total, tax_rate, lines, rate_id, rate_version, unpriced_reason,
                                      paid, charged_at)
VALUES (%(stay_id)s, %(vehicle_type)s, %(location_id)s, %(duration_minutes)s, %(currency)s, %(base)s, %(penalty)s,
        %(discount)s, %(tax)s, %(total)s, %(tax_rate)s, %(lines)s::jsonb, %(rate_id)s, %(rate_version)s,
        %(unpriced_reason)s, %(paid)s, %(at)s)
RETURNING stay_id
"""
_RECORD_FEE = Statement(_INSERT_FEE)
_RECORD_FEE_AND_PAYMENT = Statement(f"WITH fee AS ({_INSERT_FEE}), {TAKE_PAYMENT_SQL}")
_encode = msgspec.json.encode


class AlreadyCharged(Conflict):
    code, title = "already_charged", "This stay has its fee already"


class ChargedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's recorded fee and the payment made with it, as the API shows them.

    Without a price `fee` is None and `unpriced_reason` names why; the vehicle leaves all the same. `payment` is None
    where nothing was paid.
    """

    fee: FeeCalculation | None
    unpriced_reason: str
    payment: PaymentRecord | None


def charge_stay(*, stay: StayFacts, payment: TakePayment | None, actor: Actor, at: datetime) -> ChargedStay:
    """Price an ended stay, record its fee, and the payment if one is made, in the caller's transaction.

    Two round trips: the rate is read, then everything is written by one statement. A payment locks the tenant's
    receipt sequence until the caller commits. Where nothing is due, a payment of zero is accepted
    and leaves no payment behind.

    Raises NotInTransaction outside a transaction, PaymentRequired where the place demands payment and none is made,
    Underpaid, Overpaid, MethodNotOffered, FeeUnknown for a payment on a stay without a price, AlreadyCharged,
    InvalidStay.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("charge a stay inside the transaction of its exit")
    if stay.exit_at is None:
        raise ValueError("a stay is charged when it has ended")
    priced = price_stay(stay=stay, until=stay.exit_at)
    paying = _accepted(priced.fee, stay, payment)
    taken = None
    if paying is not None and priced.fee is not None:
        taken = new_payment(
            paying, stay_id=stay.stay_id, amount=priced.fee.total, currency=priced.fee.currency, actor=actor, at=at
        )
    taken = _record(stay, priced, taken, actor=actor, at=at)
    return ChargedStay(
        fee=fee_calculation(priced.fee, rate_id=priced.rate_id, rate_version=priced.rate_version)
        if priced.fee
        else None,
        unpriced_reason=priced.unpriced_reason,
        payment=payment_record(taken) if taken else None,
    )


def find_charge(*, stay_id: UUID) -> ChargedStay:
    """What was charged and paid at a stay's exit; one that never was charged has no fee and says `not_charged`."""
    stored = StayFee.objects.filter(stay_id=stay_id).first()
    if stored is None:
        return ChargedStay(fee=None, unpriced_reason="not_charged", payment=None)
    payment = stored.payments.filter(taken_at=stored.charged_at).first()
    return ChargedStay(
        fee=stored_fee_calculation(stored),
        unpriced_reason=stored.unpriced_reason,
        payment=payment_record(payment) if payment else None,
    )


def _accepted(fee: Fee | None, stay: StayFacts, payment: TakePayment | None) -> TakePayment | None:
    """The payment that is to be recorded, if any; raises what `charge_stay` names."""
    if fee is None:
        if payment is not None:
            raise FeeUnknown("Let the vehicle out without a payment; the fee is settled later.")
        return None
    due = fee.total
    if payment is not None:
        amount_due_is_paid(payment, due=due, currency=fee.currency)
        return payment if due else None
    if stay.payment_required and due:
        expected = minor_to_decimal(due, fee.currency)
        raise PaymentRequired(
            f"Take {expected} {fee.currency} first.", facts={"expectedAmount": expected, "currency": fee.currency}
        )
    return None


def _record(
    stay: StayFacts, priced: PricedStay, taken: TakenPayment | None, *, actor: Actor, at: datetime
) -> TakenPayment | None:
    parameters = _fee_parameters(stay, priced, paid=taken.amount if taken else 0, at=at)
    try:
        if taken is None:
            _RECORD_FEE.run(parameters)
            return None
        rows = _RECORD_FEE_AND_PAYMENT.run(parameters | payment_parameters(taken, actor=actor))
    except psycopg.IntegrityError as error:
        if violated_constraint(error) == "billing_stayfee_pkey":
            raise AlreadyCharged("A stay is charged once; a later payment is made by POST billing/payments.") from error
        raise
    return msgspec.structs.replace(taken, receipt_number=rows[0][0])


def _fee_parameters(stay: StayFacts, priced: PricedStay, *, paid: int, at: datetime) -> dict[str, Any]:
    fee = priced.fee
    parameters: dict[str, Any] = {
        "stay_id": stay.stay_id,
        "vehicle_type": stay.vehicle_type,
        "location_id": stay.location_id,
        "rate_id": priced.rate_id,
        "rate_version": priced.rate_version,
        "unpriced_reason": priced.unpriced_reason,
        "paid": paid,
        "at": at,
    }
    if fee is None:
        assert stay.exit_at is not None
        nothing = dict.fromkeys(("base", "penalty", "discount", "tax", "total", "tax_rate"))
        minutes = started_minutes(elapsed_seconds(stay.entry_at, stay.exit_at))
        return parameters | nothing | {
            "duration_minutes": minutes, "currency": tenancy.current().currency, "lines": "[]",
        }  # fmt: skip
    return parameters | {
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
