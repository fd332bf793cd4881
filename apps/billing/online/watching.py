"""Looking how far a payment online is: the provider is asked, and what it says is kept, as a webhook's word is."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.billing.models import OnlinePayment
from apps.billing.models.online import STILL_OPEN

from . import stripe_api
from .applying import apply_intent
from .polling import EXPIRES_AFTER
from .starting import get_online_payment, submit_online_payment
from .waiting import hurried


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is now; `client_secret` is what the payer's browser shows the provider, and is kept nowhere."""

    online: OnlinePayment
    client_secret: str | None = None


def watch_online_payment(*, online_id: UUID, at: datetime) -> Watched:
    """A payment at `at` (UTC). One that the provider has not heard of is told to it now, whatever the worker does.

    Raises OnlinePaymentNotFound, ProviderDown.
    """
    with hurried():
        return _watch(get_online_payment(online_id=online_id), at=at)


def _watch(online: OnlinePayment, *, at: datetime) -> Watched:
    if not _is_open(online) or at - online.created_at >= EXPIRES_AFTER:  # the poll will cancel it
        return Watched(online=online)
    if not online.provider_id:
        online = submit_online_payment(online_id=online.id, at=at) or online
        if not _is_open(online) or not online.provider_id:
            return Watched(online=online)
    intent = stripe_api.retrieve_intent(online.provider_id, account=online.account)
    online = apply_intent(intent=intent, at=at) or online
    return Watched(online=online, client_secret=intent.client_secret if _is_open(online) else None)


def _is_open(online: OnlinePayment) -> bool:
    return online.status in STILL_OPEN and not online.unwanted
