"""Paying for a stay after its exit."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.models import StayFee
from apps.billing.stays import get_stay
from apps.core import changes
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict

from .taking import (
    TAKE_PAYMENT_SQL,
    FeeUnknown,
    TakenPayment,
    TakePayment,
    amount_due_is_paid,
    new_payment,
    payment_parameters,
)

_RECORD = Statement(f"""
WITH due AS (
    UPDATE {{schema}}.billing_stayfee SET paid = paid + %(amount)s WHERE stay_id = %(stay_id)s RETURNING stay_id
), {TAKE_PAYMENT_SQL}""")


class StillParked(Conflict):
    code, title = "still_parked", "The vehicle is still parked; its fee is taken at the exit"


class AlreadyPaid(Conflict):
    code, title = "already_paid", "Nothing is due for this stay"


@transaction.atomic
def take_payment(*, stay_id: UUID, payment: TakePayment, actor: Actor, at: datetime) -> TakenPayment:
    """Take what is due for a stay that has ended, at `at` (UTC).

    Raises StayNotFound, StillParked, FeeUnknown where the stay has no price, AlreadyPaid, Underpaid and Overpaid naming
    what is due, MethodNotOffered, Invalid.
    """
    fee = StayFee.objects.select_for_update().filter(stay_id=stay_id).first()
    if fee is None or fee.is_open:
        get_stay(stay_id)
        raise StillParked("Record the exit, with the payment.")
    if fee.total is None:
        raise FeeUnknown("Settle its price first.")
    due = fee.total - fee.paid
    if not due:
        raise AlreadyPaid("The fee is settled.")
    amount_due_is_paid(payment, due=due, currency=fee.currency)
    taken = new_payment(payment, stay=fee, amount=due, currency=fee.currency, actor=actor, at=at)
    rows = _RECORD.run(payment_parameters(taken, actor=actor))
    changes.announce()
    return msgspec.structs.replace(taken, receipt_number=rows[0][0])
