"""Sending a refund's money back by the provider: once, however often it is asked, and again where that failed."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from apps.billing.ledger.provider_movements import post_sending
from apps.billing.models import Method, Payment, Refund, RefundSending, SendingStatus
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound
from apps.core.ids import new_id

from . import stripe_api
from .actors import PROVIDER_ACTOR
from .amounts import to_provider
from .queueing import queue
from .snapshots import ProviderRefund

_SENT = ("succeeded",)
_IN_VAIN = ("failed", "canceled")
log = structlog.get_logger(__name__)


class RefundNotFound(NotFound):
    code, title = "refund_not_found", "There is no such refund here"


class NothingToRetry(Conflict):
    code, title = "nothing_to_retry", "This refund has not failed"


def send_back(refund: Refund, payment: Payment, *, at: datetime) -> None:
    """Have the provider send back what was paid through it, after the caller's transaction."""
    if payment.method == Method.ONLINE:
        sending = RefundSending.objects.create(id=new_id(), refund=refund, created_at=at, changed_at=at)
        queue("billing.submit_refund", sending.id)


@transaction.atomic
def retry_refund(*, refund_id: UUID, actor: Actor, at: datetime) -> RefundSending:
    """Send a refund again whose sending has failed for good. Raises RefundNotFound, NothingToRetry."""
    refund = Refund.objects.select_for_update().filter(id=refund_id).first()
    if refund is None:
        raise RefundNotFound("Check the refund's id; it is not one of this tenant.")
    last = RefundSending.objects.filter(refund_id=refund.id).order_by("-attempt").first()
    if last is None or last.status != SendingStatus.FAILED:
        raise NothingToRetry("It was sent, or is being sent.")
    sending = RefundSending.objects.create(
        id=new_id(), refund=refund, attempt=last.attempt + 1, created_at=at, changed_at=at
    )
    audit.record("refund.retried", audit.Subject("refund", refund.id), actor=actor, after={"attempt": sending.attempt})
    queue("billing.submit_refund", sending.id)
    return sending


def submit_refund(*, sending_id: UUID, at: datetime) -> RefundSending | None:
    """Ask the provider to send a refund, or how far it is. Raises ProviderDown; what it refuses has failed.

    A provider forgets keys after a day or so: where an answer was lost, its own list is asked before it is sent anew.
    """
    sending = RefundSending.objects.select_related("refund__payment__online").filter(id=sending_id).first()
    if sending is None or sending.status != SendingStatus.PENDING:
        return sending
    intent_id, account = sending.refund.payment.reference, sending.refund.payment.online.account
    metadata = {"tenant": str(tenancy.current().id), "sending": str(sending.id)}
    try:
        if sending.provider_id:
            told = stripe_api.retrieve_refund(sending.provider_id, account=account)
        else:
            told = _find_sent(intent_id, sending.id, account) or stripe_api.create_refund(
                intent_id=intent_id,
                amount=to_provider(sending.refund.amount, sending.refund.currency),
                metadata=metadata,
                key=f"refund-{sending.id}",
                account=account,
            )
    except stripe_api.ProviderRefused as error:
        return _fail(sending.id, error.detail, at=at)
    return apply_refund(told=told, at=at)


def _find_sent(intent_id: str, sending_id: UUID, account: str) -> ProviderRefund | None:
    sent = stripe_api.list_refunds(intent_id, account=account)
    return next((one for one in sent if one.metadata.get("sending") == str(sending_id)), None)


@transaction.atomic
def _fail(sending_id: UUID, problem: str, *, at: datetime) -> RefundSending:
    sending = RefundSending.objects.select_for_update().get(id=sending_id)
    if sending.status == SendingStatus.PENDING and not sending.provider_id:
        sending.status, sending.problem, sending.changed_at = SendingStatus.FAILED, problem[:300], at
        sending.save(update_fields=["status", "problem", "changed_at"])
    return sending


@transaction.atomic
def apply_refund(*, told: ProviderRefund, at: datetime) -> RefundSending | None:
    """Bring a refund to what the provider says of it; None for one that is not ours.

    One that succeeded may fail still (the payer's bank sent it back); one that failed stays so.
    """
    try:
        sending_id = UUID(told.metadata.get("sending", ""))
    except ValueError:
        log.warning("a refund that is not ours", refund=told.id)
        return None
    sending = RefundSending.objects.select_for_update().filter(id=sending_id).first()
    if sending is None or sending.provider_id not in ("", told.id):
        log.warning("a refund that is not ours", refund=told.id)
        return None
    if sending.status == SendingStatus.FAILED and sending.provider_id:
        return sending
    sending.provider_id, sending.changed_at = told.id, at
    if told.status in _IN_VAIN:
        sending.status, sending.problem = SendingStatus.FAILED, (told.failure_reason or told.status)[:300]
    elif told.status in _SENT:
        sending.status, sending.settled, sending.problem = SendingStatus.SUCCEEDED, True, ""
    sending.save(update_fields=["provider_id", "status", "settled", "problem", "changed_at"])
    sending.refund = Refund.objects.select_related("payment__stay").get(id=sending.refund_id)
    post_sending(sending, at=at, actor=PROVIDER_ACTOR)
    return sending
