"""Chargebacks, as the provider tells of them: in any order, each telling with all that has moved until then."""

from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction

from apps.billing.ledger.provider_movements import post_dispute
from apps.billing.models import Dispute, Payment, StayFee
from apps.billing.models.online import OVER
from apps.core import audit
from apps.core.ids import new_id

from .actors import PROVIDER_ACTOR
from .amounts import from_provider
from .snapshots import ProviderDispute
from .stripe_api import PROVIDER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger(__name__)


@transaction.atomic
def apply_dispute(*, told: ProviderDispute, at: datetime) -> Dispute | None:
    """Bring a dispute to what the provider says of it; None for one of a payment that is not ours.

    What has moved stays moved, a verdict stays, and what has become a chargeback is no inquiry any more: so an older
    telling changes nothing that a newer one said.
    """
    payment = Payment.objects.filter(method="online", provider=PROVIDER, reference=told.payment_intent or "-").first()
    if payment is None or told.currency.upper() != payment.currency:
        log.warning("a dispute of no payment here", dispute=told.id)
        return None
    payment.stay = StayFee.objects.select_for_update().get(stay_id=payment.stay_id)
    dispute = Dispute.objects.select_for_update().filter(provider_id=told.id).first()
    before = dispute.status if dispute else None
    dispute = dispute or Dispute(
        id=new_id(),
        payment=payment,
        provider_id=told.id,
        amount=from_provider(told.amount, payment.currency),
        currency=payment.currency,
        status=told.status,
        opened_at=_instant(told.created),
    )
    dispute.payment, dispute.reason, dispute.changed_at = payment, told.reason[:60], at
    if _rank(told.status) >= _rank(dispute.status) and not (before and dispute.has_verdict):
        dispute.status, dispute.charge_refundable = told.status, told.is_charge_refundable
        dispute.due_by = _instant(told.evidence_details.due_by) if told.evidence_details.due_by else dispute.due_by
    _note_moves(dispute, told)
    dispute.save()
    post_dispute(dispute, at=at, actor=PROVIDER_ACTOR)
    if dispute.status != before:
        subject = audit.Subject("dispute", dispute.id)
        told_of = {"status": dispute.status, "payment_id": payment.id}
        audit.record("dispute.changed", subject, actor=PROVIDER_ACTOR, before={"status": before}, after=told_of)
    return dispute


def _rank(status: str) -> int:
    """How far along a dispute is: an inquiry, that one closed, a chargeback, its verdict. It never goes back."""
    if status.startswith("warning_"):
        return 1 if status in OVER else 0
    return 3 if status in OVER else 2


def _note_moves(dispute: Dispute, told: ProviderDispute) -> None:
    """What the balance saw; fees of another currency than the payment's are the provider's statement's business."""
    for change in told.balance_transactions:
        ours = change.currency.upper() == dispute.currency
        fee = from_provider(abs(change.fee), dispute.currency) if ours else 0
        if change.amount < 0:
            dispute.withdrawn, dispute.fee = True, max(dispute.fee, fee)
        elif change.amount > 0:
            dispute.reinstated = True
            dispute.fee_returned = max(dispute.fee_returned, fee if change.fee < 0 else 0)
    dispute.withdrawn |= dispute.reinstated


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
