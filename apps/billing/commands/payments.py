"""Paying for a stay apart from its exit: at a pay station before it, or later."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.models import Method, OnlinePayment
from apps.billing.models.online import STILL_OPEN
from apps.billing.payment_rules import get_governing_rules
from apps.billing.stays import get_stay
from apps.core import changes
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict

from .bills import lock_bill, settle_until
from .counting import TakePayment, count_payment, require_counter, require_offered
from .on_account import charge_customer, find_paying_customer
from .shifts.holding import require_open_shift
from .taking import TAKE_PAYMENT_SQL, TakenPayment, new_payment, payment_parameters, run_taking

RECORD = Statement(f"""
WITH due AS (
    UPDATE {{schema}}.billing_stayfee SET paid = paid + %(amount)s WHERE stay_id = %(stay_id)s RETURNING stay_id
), {TAKE_PAYMENT_SQL}""")


class AlreadyPaid(Conflict):
    code, title = "already_paid", "Nothing is due for this stay"


class MadePayment(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded payment; `left` is what is still due, in minor units.

    `paid_until` (UTC) is how long a vehicle that is still parked may stay without owing more.
    """

    payment: TakenPayment
    left: int = 0
    paid_until: datetime | None = None


@transaction.atomic
def take_payment(*, stay_id: UUID, payment: TakePayment, actor: Actor, at: datetime) -> MadePayment:
    """Take what is due for a stay at `at` (UTC): its fee, or what it costs so far where the vehicle is still parked.

    Less is taken where `partial` is meant and the stay has ended; a part of what a parked vehicle owes would let nobody
    out. Raises StayNotFound, NotCharged, FeeUnknown, AlreadyPaid, Underpaid and Overpaid naming what is due now,
    NoOpenShift, MethodNotOffered, ReferenceUsed, Invalid, and what a customer's account refuses (`on_account`).
    """
    bill = lock_bill(stay_id=stay_id, at=at)
    account, rules = bill.account, get_governing_rules(bill.account.location_id)
    require_counter(payment)
    require_offered(payment, rules.methods)
    if not bill.due:
        raise AlreadyPaid("All that it costs is paid.")
    if bill.parked is not None:
        payment = msgspec.structs.replace(payment, partial=False)
    payer = find_paying_customer(payment, stay=bill.parked or account)
    counted = count_payment(payment, due=bill.due, currency=account.currency)
    if payment.method == Method.CASH and (bill.parked or get_stay(stay_id)).shift_required:
        require_open_shift(method=payment.method, actor=actor, at=at)
    taken = new_payment(payment, stay=account, counted=counted, currency=account.currency, actor=actor, at=at)
    paid_until = settle_until(bill, paid_at=at, grace_minutes=rules.exit_grace_minutes)
    # whoever has been sent a link is not to pay what was paid at the counter
    OnlinePayment.objects.filter(stay_id=stay_id, status__in=STILL_OPEN).update(unwanted=True)
    rows = run_taking(RECORD, payment_parameters(taken, actor=actor))
    charge_customer(taken, payer, actor=actor)
    changes.announce()
    return MadePayment(
        payment=msgspec.structs.replace(taken, receipt_number=rows[0][0]),
        left=bill.due - counted.amount,
        paid_until=paid_until,
    )
