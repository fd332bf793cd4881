"""What the provider tells of a payment, by webhook or when asked: each telling may come late, twice or out of order."""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from apps.billing.commands.bills import Bill, NotCharged, lock_bill, settle_until
from apps.billing.commands.counting import Counted, FeeUnknown, TakePayment
from apps.billing.commands.payments import RECORD
from apps.billing.commands.refunds import give_back
from apps.billing.commands.taking import new_payment, payment_parameters, run_taking
from apps.billing.models import OnlinePayment, OnlineStatus, Payment, StayFee
from apps.billing.payment_rules import get_governing_rules
from apps.billing.stay_accounts import kept_facts
from apps.core import changes
from apps.core.money import minor_to_decimal

from .actors import PROVIDER_ACTOR
from .amounts import from_provider
from .snapshots import Intent
from .stripe_api import PROVIDER

PAID_OTHERWISE: Final = "Paid otherwise meanwhile"
log = structlog.get_logger(__name__)


@transaction.atomic
def apply_intent(*, intent: Intent, at: datetime) -> OnlinePayment | None:
    """Bring a payment to what the provider says of it; its money is recorded once. None for one that is not ours.

    Money for a stay that was paid otherwise meanwhile is recorded as well, and what is too much goes back.
    """
    online = _lock(intent)
    if online is None or online.payment_id is not None:
        return online
    online.provider_id, online.changed_at = intent.id, at
    if intent.status == "succeeded":
        _record(online, intent, at=at)
        return online
    online.status = _status(online, intent)
    online.problem = str((intent.last_payment_error or {}).get("message") or "")[:300]
    online.save(update_fields=["provider_id", "status", "problem", "changed_at"])
    return online


def _lock(intent: Intent) -> OnlinePayment | None:
    """The payment of an intent, its stay's account and then itself locked."""
    try:
        online_id = UUID(intent.metadata.get("online_payment", ""))
    except ValueError:
        return None
    found = OnlinePayment.objects.filter(id=online_id, provider=PROVIDER).first()
    if found is None or intent.currency.upper() != found.currency:
        log.warning("an intent that is not ours", intent=intent.id)
        return None
    StayFee.objects.select_for_update().get(stay_id=found.stay_id)
    online = OnlinePayment.objects.select_for_update().get(id=online_id)
    if online.provider_id not in ("", intent.id):
        log.warning("a second intent for one payment", intent=intent.id, first=online.provider_id)
        return None
    return online


def _status(online: OnlinePayment, intent: Intent) -> OnlineStatus:
    if intent.status == "canceled":
        return OnlineStatus.CANCELED if online.unwanted else OnlineStatus.EXPIRED
    if online.status in (OnlineStatus.CANCELED, OnlineStatus.EXPIRED):
        return OnlineStatus(online.status)  # an older telling
    return OnlineStatus.FAILED if intent.last_payment_error else OnlineStatus.PENDING


def _record(online: OnlinePayment, intent: Intent, *, at: datetime) -> None:
    amount = from_provider(intent.amount_received or intent.amount, online.currency)
    account, due, bill = _due_then(online)
    payment = TakePayment(
        method="online", amount=minor_to_decimal(amount, online.currency), provider=PROVIDER, reference=intent.id
    )
    taken = new_payment(
        payment, stay=account, counted=Counted(amount=amount), currency=online.currency, actor=PROVIDER_ACTOR, at=at
    )
    if bill is not None and due and amount >= due and _is_latest(account, online.priced_at):
        grace = get_governing_rules(account.location_id).exit_grace_minutes
        settle_until(bill, paid_at=online.priced_at, grace_minutes=grace)
    else:
        StayFee.objects.filter(stay_id=account.stay_id).update(revision=F("revision") + 1)
    run_taking(RECORD, payment_parameters(taken, actor=PROVIDER_ACTOR))
    online.payment_id, online.status, online.problem = taken.id, OnlineStatus.SUCCEEDED, ""
    online.save(update_fields=["provider_id", "status", "problem", "payment", "changed_at"])
    if due is not None and amount > due:
        stored = Payment.objects.get(id=taken.id)
        stored.stay = StayFee.objects.get(stay_id=account.stay_id)
        give_back(
            stored,
            amount=amount - due,
            reason=PAID_OTHERWISE,
            surplus=amount - due,
            actor=PROVIDER_ACTOR,
            at=at,
            unsettles=False,
        )
    changes.announce()


def _due_then(online: OnlinePayment) -> tuple[StayFee, int | None, Bill | None]:
    """The account, what is due of what was priced then, and the bill; nobody knows what is due without a price."""
    try:
        bill = lock_bill(stay_id=online.stay_id, at=online.priced_at)
    except (FeeUnknown, NotCharged):
        return StayFee.objects.get(stay_id=online.stay_id), None, None
    return bill.account, bill.due, bill


def _is_latest(account: StayFee, priced_at: datetime) -> bool:
    return all(at <= priced_at for at in kept_facts(account).paid_at)
