"""What a person has to look at: money and prices that did not settle themselves."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import F, Max, OuterRef, Q, Subquery

from .models import Dispute, RefundSending, SendingStatus, StayFee
from .models.online import OVER
from .models.stay_fees import STILL_PARKED

MOST: Final = 200


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at; `amount` in minor units of `currency`, None where nobody knows it."""

    kind: str
    id: UUID
    entry_id: UUID
    amount: int | None
    currency: str
    reason: str
    since: datetime
    due_by: datetime | None = None


def list_items() -> list[Item]:
    """Stays without a price, surpluses, refunds that could not be sent, disputes that are open; 200 of each."""
    return [*_unpriced(), *_surpluses(), *_unsent(), *_disputed()]


def _unpriced() -> list[Item]:
    fees = StayFee.objects.filter(total=None).exclude(unpriced_reason=STILL_PARKED).order_by("-charged_at")
    return [
        Item(kind="unpriced", id=fee.stay_id, entry_id=fee.stay_id, amount=None, currency=fee.currency,
             reason=fee.unpriced_reason, since=fee.charged_at)
        for fee in fees[:MOST]
    ]  # fmt: skip


def _surpluses() -> list[Item]:
    fees = StayFee.objects.filter(Q(paid__gt=F("total")), revision__gt=0).order_by("-charged_at")
    return [
        Item(kind="surplus", id=fee.stay_id, entry_id=fee.stay_id, amount=fee.paid - (fee.total or 0),
             currency=fee.currency, reason="paid_too_much", since=fee.charged_at)
        for fee in fees[:MOST]
    ]  # fmt: skip


def _unsent() -> list[Item]:
    last = RefundSending.objects.filter(refund=OuterRef("refund")).values("refund").annotate(last=Max("attempt"))
    failed = RefundSending.objects.select_related("refund__payment").filter(
        status=SendingStatus.FAILED, attempt=Subquery(last.values("last"))
    )
    return [
        Item(kind="failed_refund", id=sending.refund_id, entry_id=sending.refund.payment.stay_id,
             amount=sending.refund.amount, currency=sending.refund.currency, reason=sending.problem,
             since=sending.changed_at)
        for sending in failed.order_by("-changed_at")[:MOST]
    ]  # fmt: skip


def _disputed() -> list[Item]:
    disputes = Dispute.objects.select_related("payment").exclude(status__in=OVER).order_by("due_by", "id")
    return [
        Item(kind="dispute", id=dispute.id, entry_id=dispute.payment.stay_id, amount=dispute.amount,
             currency=dispute.currency, reason=dispute.reason, since=dispute.opened_at, due_by=dispute.due_by)
        for dispute in disputes[:MOST]
    ]  # fmt: skip
