"""Beginning a payment online: what is due is offered to the provider by a task, and the payer pays it there."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.commands.bills import lock_bill
from apps.billing.commands.counting import MethodNotOffered, TakePayment, count_payment, require_offered
from apps.billing.commands.payments import AlreadyPaid
from apps.billing.models import OnlinePayment, OnlineStatus
from apps.billing.models.online import STILL_OPEN
from apps.billing.payment_rules import get_governing_rules
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import NotFound
from apps.core.ids import new_id

from . import stripe_api
from .accounts import is_offered
from .amounts import to_provider
from .applying import apply_intent
from .queueing import queue
from .stripe_api import PROVIDER


class OnlinePaymentNotFound(NotFound):
    code, title = "online_payment_not_found", "There is no such online payment here"


@transaction.atomic
def start_online_payment(*, stay_id: UUID, payment: TakePayment, actor: Actor, at: datetime) -> OnlinePayment:
    """Ask for what is due for a stay at `at` (UTC) over the internet. Other requests for the stay are withdrawn.

    Raises what `take_payment` does, NotPayableOnline; MethodNotOffered where no provider is set up.
    """
    bill = lock_bill(stay_id=stay_id, at=at)
    account = bill.account
    require_offered(payment, get_governing_rules(account.location_id).methods)
    if payment.provider not in ("", PROVIDER) or not is_offered():
        raise MethodNotOffered("No such payment provider is set up here; pay otherwise.")
    if not bill.due:
        raise AlreadyPaid("All that it costs is paid.")
    if bill.parked is not None:
        payment = msgspec.structs.replace(payment, partial=False)
    counted = count_payment(payment, due=bill.due, currency=account.currency)
    to_provider(counted.amount, account.currency)
    OnlinePayment.objects.filter(stay_id=stay_id, status__in=STILL_OPEN).update(unwanted=True)
    online = OnlinePayment.objects.create(
        id=new_id(),
        stay=account,
        amount=counted.amount,
        currency=account.currency,
        provider=PROVIDER,
        account=tenancy.current().stripe_account,
        status=OnlineStatus.CREATED,
        priced_at=at,
        created_by=actor.id,
        created_by_name=actor.name,
        created_at=at,
        changed_at=at,
    )
    subject = audit.Subject("online_payment", online.id)
    audit.record("online_payment.started", subject, actor=actor, after={"amount": online.amount, "entry_id": stay_id})
    queue("billing.submit_online_payment", online.id)
    return online


def submit_online_payment(*, online_id: UUID, at: datetime) -> OnlinePayment | None:
    """Tell the provider of a payment that it has not heard of; however often, it makes one intent of it.

    Raises ProviderDown; one that the provider refuses has failed.
    """
    online = OnlinePayment.objects.filter(id=online_id).first()
    if online is None or online.status != OnlineStatus.CREATED or online.unwanted:
        return online
    metadata = {"tenant": str(tenancy.current().id), "online_payment": str(online.id)}
    try:
        intent = stripe_api.create_intent(
            amount=to_provider(online.amount, online.currency),
            currency=online.currency,
            metadata=metadata,
            key=f"online-{online.id}",
            account=online.account,
        )
    except stripe_api.ProviderRefused as error:
        OnlinePayment.objects.filter(id=online.id, provider_id="").update(
            status=OnlineStatus.CANCELED, problem=error.detail[:300], changed_at=at
        )
        return OnlinePayment.objects.get(id=online.id)
    return apply_intent(intent=intent, at=at)


def get_online_payment(*, online_id: UUID) -> OnlinePayment:
    """A payment online, as far as is known here. Raises OnlinePaymentNotFound."""
    online = OnlinePayment.objects.filter(id=online_id).first()
    if online is None:
        raise OnlinePaymentNotFound("Check the id; it is not one of this tenant.")
    return online
