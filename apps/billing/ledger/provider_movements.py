"""What a payment provider's doings mean for the accounts: refunds that it sends, disputes that it loses or wins."""

from collections.abc import Iterator
from datetime import datetime

from apps.billing.models import Dispute, RefundSending, SendingStatus
from apps.core.actor import Actor

from .chart import Account
from .lines import Line, posting
from .posting import post_all, reverse

REFUND_SENT = "refund_sent"
REFUND_RETURNED = "refund_returned"


def post_sending(sending: RefundSending, *, at: datetime, actor: Actor) -> None:
    """Post that a refund has left the provider's balance, or that it came back; `sending.refund` is read with it."""
    if not sending.settled:
        return
    refund, place = sending.refund, sending.refund.payment.stay.location_id
    lines = _moved(Account.REFUNDS_PAYABLE, Account.ONLINE_CLEARING, refund.amount, refund.currency)
    post_all(
        postings=[posting(kind=REFUND_SENT, reference=sending.id, lines=lines, at=at, actor=actor, location_id=place)]
    )
    if sending.status == SendingStatus.FAILED:
        reverse(
            kind=REFUND_RETURNED,
            reference=sending.id,
            of_kind=REFUND_SENT,
            of_reference=sending.id,
            at=at,
            actor=actor,
        )


def post_dispute(dispute: Dispute, *, at: datetime, actor: Actor) -> None:
    """Post what a dispute has moved so far and is not posted yet; `dispute.payment.stay` is read with it."""
    place = dispute.payment.stay.location_id
    post_all(
        postings=[
            posting(kind=kind, reference=dispute.id, lines=lines, at=at, actor=actor, location_id=place)
            for kind, lines in _of_dispute(dispute)
        ]
    )


def _of_dispute(dispute: Dispute) -> Iterator[tuple[str, tuple[Line, ...]]]:
    amount, currency = dispute.amount, dispute.currency
    if dispute.withdrawn:
        yield "dispute_withdrawn", _moved(Account.DISPUTED, Account.ONLINE_CLEARING, amount, currency)
    if dispute.reinstated:
        yield "dispute_reinstated", _moved(Account.ONLINE_CLEARING, Account.DISPUTED, amount, currency)
    if dispute.withdrawn and not dispute.reinstated and dispute.is_lost:
        yield "dispute_lost", _moved(Account.CHARGEBACKS, Account.DISPUTED, amount, currency)
    if dispute.fee:
        yield "dispute_fee", _moved(Account.PROVIDER_FEES, Account.ONLINE_CLEARING, dispute.fee, currency)
    if dispute.fee_returned:
        returned = dispute.fee_returned
        yield "dispute_fee_returned", _moved(Account.ONLINE_CLEARING, Account.PROVIDER_FEES, returned, currency)


def _moved(to: Account, out_of: Account, amount: int, currency: str) -> tuple[Line, ...]:
    return (
        Line(account=to, amount=amount, currency=currency),
        Line(account=out_of, amount=-amount, currency=currency),
    )
