"""Giving money back: a refund of what was paid, or a void that undoes a payment on its day.

The fee's row is locked before it is counted what was given back already, so two who refund the same payment queue up.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from apps.billing.events import PaymentRefunded, PaymentVoided
from apps.billing.ledger.movements import (
    PAYMENT_REFUNDED,
    PAYMENT_TAKEN,
    PAYMENT_VOIDED,
    payment_taken,
    refund_lines,
)
from apps.billing.ledger.posting import post, post_all, reverse
from apps.billing.models import Dispute, InvoicedStay, Method, OnlinePayment, Payment, Refund, RefundKind, StayFee
from apps.billing.online.sendings import send_back
from apps.billing.stay_accounts import take_back
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import publish
from apps.core.ids import new_id
from apps.core.money import MoneyError, minor_from_decimal, minor_to_decimal

from .shifts.holding import HeldShift, drawer_of


class PaymentNotFound(NotFound):
    code, title = "payment_not_found", "There is no such payment here"


class RefundTooLarge(Conflict):
    code, title = "refund_too_large", "More would be given back than is left of the payment"


class NotVoidable(Conflict):
    code, title = "not_voidable", "This payment can no longer be voided; refund it"


class InquiryOpen(Conflict):
    code, title = "inquiry_open", "The payer's bank asks about this payment"


class Invoiced(Conflict):
    code, title = "invoiced", "The stay is on an invoice"


@transaction.atomic
def refund_payment(
    *, payment_id: UUID, amount: Decimal, reason: str, actor: Actor, at: datetime, shift_id: UUID | None = None
) -> Refund:
    """Give back a part or all of a payment, at `at` (UTC); the fee stays settled. Cash leaves a drawer (`drawer_of`).

    What was paid too much goes first. Of a stay that is still parked or has no price, no fee needs the money yet: what
    goes back is due again.

    Raises PaymentNotFound, Invoiced for a payment on account, Invalid for an amount or reason that is none,
    RefundTooLarge naming what is left, InquiryOpen for a part of what the payer's bank asks about, ShiftNotFound,
    ShiftCounted.
    """
    reason = _given(reason)
    payment, left = _lock(payment_id)
    if payment.method == Method.ACCOUNT:
        _require_not_invoiced(payment)
    try:
        given = minor_from_decimal(amount, payment.currency)
    except MoneyError as error:
        raise Invalid.field("amount", error.code, str(error)) from None
    if given <= 0:
        raise Invalid.field("amount", "not_positive", "Say how much is given back.")
    if given > left:
        refundable = minor_to_decimal(left, payment.currency)
        raise RefundTooLarge(
            f"{refundable} {payment.currency} is left of this payment.",
            facts={"refundableAmount": refundable, "currency": payment.currency},
        )
    if given < left:
        _require_no_inquiry(payment, left)
    return give_back(
        payment,
        amount=given,
        reason=reason,
        surplus=min(given, _surplus(payment.stay)),
        drawer=drawer_of(payment, shift_id=shift_id, actor=actor, at=at),
        actor=actor,
        at=at,
    )


def give_back(
    payment: Payment,
    *,
    amount: int,
    reason: str,
    surplus: int,
    drawer: HeldShift | None = None,
    actor: Actor,
    at: datetime,
    unsettles: bool = True,
) -> Refund:
    """Record and post that `amount` of a payment goes back, of which no fee needs `surplus`, its account being locked.

    `unsettles` says that a vehicle that is still parked may no longer leave on the payment.
    """
    refund = _record(payment, RefundKind.REFUND, amount, reason, surplus=surplus, drawer=drawer, actor=actor, at=at)
    if surplus:
        take_back(payment, amount=surplus, since=_paid_at(payment) if unsettles else None)
    post(
        kind=PAYMENT_REFUNDED,
        reference=refund.id,
        lines=refund_lines(payment, amount=amount, surplus=surplus, given_by=drawer.cashier_id if drawer else actor.id),
        at=at,
        actor=actor,
        location_id=payment.stay.location_id,
    )
    publish(PaymentRefunded(**_told(refund, payment)), aggregate_id=payment.id, at=at, actor=actor)
    send_back(refund, payment, at=at)
    return refund


@transaction.atomic
def void_payment(*, payment_id: UUID, reason: str, actor: Actor, at: datetime, shift_id: UUID | None = None) -> Refund:
    """Undo a payment on the day of the tenant's calendar on which it was taken; its fee is due again.

    Raises PaymentNotFound, Invoiced, Invalid for a reason that is none, NotVoidable on a later day or where some of it
    was given back or charged back, ShiftNotFound, ShiftCounted.
    """
    reason = _given(reason)
    payment, left = _lock(payment_id)
    _require_not_invoiced(payment)
    if left < payment.amount:
        raise NotVoidable("Some of it was given back already.")
    zone = ZoneInfo(tenancy.current().timezone)
    if at.astimezone(zone).date() != payment.taken_at.astimezone(zone).date():
        raise NotVoidable("It was not taken today.")
    drawer = drawer_of(payment, shift_id=shift_id, actor=actor, at=at)
    refund = _record(payment, RefundKind.VOID, payment.amount, reason, drawer=drawer, actor=actor, at=at)
    take_back(payment, amount=payment.amount, since=_paid_at(payment))
    if payment.method == Method.ONLINE:  # the money is at the provider until that has sent it back
        lines = refund_lines(payment, amount=payment.amount, surplus=payment.amount, given_by=actor.id)
        place = payment.stay.location_id
        post(kind=PAYMENT_VOIDED, reference=refund.id, lines=lines, at=at, actor=actor, location_id=place)
    else:
        post_all(postings=[payment_taken(payment)])  # the relay may not have come to it yet
        reverse(
            kind=PAYMENT_VOIDED,
            reference=refund.id,
            of_kind=PAYMENT_TAKEN,
            of_reference=payment.id,
            at=at,
            actor=actor,
            cash_of=drawer.cashier_id if drawer else None,
        )
    publish(PaymentVoided(**_told(refund, payment)), aggregate_id=payment.id, at=at, actor=actor)
    send_back(refund, payment, at=at)
    return refund


def _given(reason: str) -> str:
    if not reason.strip():
        raise Invalid.field("reason", "required", "Say why the money goes back.")
    return reason.strip()


def _lock(payment_id: UUID) -> tuple[Payment, int]:
    """The payment with its stay's account, which is locked, and what is left of it in minor units."""
    payment = Payment.objects.filter(id=payment_id).first()
    if payment is None:
        raise PaymentNotFound("Check the payment's id; it is not one of this tenant.")
    payment.stay = StayFee.objects.select_for_update().get(stay_id=payment.stay_id)
    return payment, left_of(payment)


def left_of(payment: Payment) -> int:
    """What may still be given back of a payment, in minor units; 0 or more.

    What the payer's bank took is gone, and what it is about to take is kept for it.
    """
    given = Refund.objects.filter(payment_id=payment.id).aggregate(total=Sum("amount"))["total"] or 0
    held = sum([dispute.amount for dispute in Dispute.objects.filter(payment_id=payment.id) if _holds(dispute)])
    return max(payment.amount - int(given) - held, 0)


def _holds(dispute: Dispute) -> bool:
    """Whether money is the bank's: taken and not returned, or disputed where the provider refunds no more."""
    if dispute.withdrawn or dispute.reinstated:
        return not dispute.reinstated
    return not dispute.is_over and not dispute.charge_refundable


def _require_no_inquiry(payment: Payment, left: int) -> None:
    """Given back in full, an inquiry ends; after a part of it the bank may take the whole besides. Raises InquiryOpen.

    Sources: docs.stripe.com/disputes/how-disputes-work ("Inquiries"), docs.stripe.com/api/disputes/object
    (`is_charge_refundable`).
    """
    disputes = Dispute.objects.filter(payment_id=payment.id, withdrawn=False)
    if any(dispute.is_inquiry and not dispute.is_over for dispute in disputes):
        whole = minor_to_decimal(left, payment.currency)
        raise InquiryOpen(
            f"Give back all of {whole} {payment.currency}, which ends the inquiry, or wait until it is closed.",
            facts={"refundableAmount": whole, "currency": payment.currency},
        )


def _require_not_invoiced(payment: Payment) -> None:
    """The account is locked, as an invoice locks it. Raises Invoiced."""
    on = InvoicedStay.objects.filter(stay_id=payment.stay_id).select_related("invoice").first()
    if on is not None:
        number = on.invoice.number
        raise Invoiced(f"Credit {number} first; then the stay is free again.", facts={"invoiceNumber": number})


def _paid_at(payment: Payment) -> datetime:
    """The instant that a payment settled: online, that at which it was asked for."""
    online = OnlinePayment.objects.filter(payment_id=payment.id).first()
    return online.priced_at if online is not None else payment.taken_at


def _surplus(fee: StayFee) -> int:
    """What was paid for a stay that no fee needs."""
    return fee.paid if fee.total is None else max(fee.paid - fee.total, 0)


def _record(
    payment: Payment,
    kind: RefundKind,
    amount: int,
    reason: str,
    *,
    surplus: int = 0,
    drawer: HeldShift | None,
    actor: Actor,
    at: datetime,
) -> Refund:
    return Refund.objects.create(
        id=new_id(),
        payment=payment,
        kind=kind,
        amount=amount,
        surplus=surplus,
        currency=payment.currency,
        reason=reason,
        given_by=actor.id,
        given_by_name=actor.name,
        given_at=at,
        shift_id=drawer.id if drawer else None,
    )


def _told(refund: Refund, payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "refund_id": refund.id,
        "tenant_id": tenancy.current().id,
        "entry_id": payment.stay_id,
        "location_id": payment.stay.location_id,
        "vehicle_type": payment.stay.vehicle_type,
        "amount": minor_to_decimal(refund.amount, refund.currency),
        "currency": refund.currency,
        "method": payment.method,
        "given_at": refund.given_at,
    }
