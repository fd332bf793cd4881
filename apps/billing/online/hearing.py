"""Hearing the provider's webhooks: signed, once each, in any order; what is not ours is acknowledged and logged."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from apps.billing.models import HeardEvent
from apps.billing.models.online import LONGEST_ID
from apps.core import tenancy
from apps.core.tenancy import TenantRef, TenantStatus

from . import stripe_api
from .accounts import require_own_account
from .amounts import PartOfUnit
from .applying import apply_intent
from .disputes import apply_dispute
from .sendings import apply_refund
from .snapshots import Heard, Intent, ProviderDispute, ProviderRefund
from .waiting import hurried

_SPOKEN_OF: Final = ("payment_intent", "refund", "dispute")
log = structlog.get_logger(__name__)


def hear_event(*, payload: bytes, signature: str, at: datetime) -> bool:
    """Act upon a webhook; whether it told anything new of ours.

    The tenant is the one that our own row of the object is in; the object's metadata only say where to look. One that
    cannot be read is logged as an error and taken all the same: sent again it would be no better. Raises NoProvider,
    BadSignature, ForeignAccount, ProviderDown where the provider has to be asked whose a dispute is: it sends the event
    again later.
    """
    event = stripe_api.read_event(payload=payload, signature=signature)
    try:
        return _hear(event, at=at)
    except (stripe_api.Unreadable, PartOfUnit) as error:
        log.error("webhook cannot be read", type=event.type, id=event.id, error=str(error))
        return False


def _hear(event: Heard, *, at: datetime) -> bool:
    if event.object.get("object") not in _SPOKEN_OF:
        log.info("webhook passed over", type=event.type, id=event.id)
        return False
    intent = _intent_of(event)
    metadata = event.object.get("metadata") if intent is None else intent.metadata
    tenant = _tenant(metadata.get("tenant") if isinstance(metadata, dict) else None)
    if tenant is None:
        log.warning("webhook of no tenant", type=event.type, id=event.id)
        return False
    with tenancy.enter(tenant):
        require_own_account(event, intent)
        return _hear_once(event, intent, at=at)


@transaction.atomic
def _hear_once(event: Heard, intent: Intent | None, *, at: datetime) -> bool:
    fresh = HeardEvent(id=_key(event.id), type=event.type[:100], heard_at=at)
    if HeardEvent.objects.filter(id=fresh.id).exists():
        return False
    heard = _apply(event, intent, at=at)
    # last, so that one that waited for its rival's row finds it heard
    HeardEvent.objects.bulk_create([fresh], ignore_conflicts=True)
    return heard


def _key(event_id: str) -> str:
    """What an event is remembered by: its id, or what stands for one that is longer than any that was announced."""
    return event_id if len(event_id) <= LONGEST_ID else f"sha256:{hashlib.sha256(event_id.encode()).hexdigest()}"


def _intent_of(event: Heard) -> Intent | None:
    """The intent whose metadata say whose a dispute is, asked for before anything is locked; None for other objects."""
    if event.object.get("object") != "dispute":
        return None
    told = stripe_api.snapshot(ProviderDispute, event.object)
    try:
        with hurried():
            return (
                stripe_api.retrieve_intent(told.payment_intent, account=event.account) if told.payment_intent else None
            )
    except stripe_api.ProviderRefused:
        return None


def _tenant(named: object) -> TenantRef | None:
    try:
        tenant = tenancy.directory().by_id(UUID(str(named)))
    except ValueError:
        return None
    return tenant if tenant is not None and tenant.status != TenantStatus.CLOSED else None


def _apply(event: Heard, intent: Intent | None, *, at: datetime) -> bool:
    if event.object["object"] == "payment_intent":
        return apply_intent(intent=stripe_api.snapshot(Intent, event.object), at=at) is not None
    if event.object["object"] == "refund":
        return apply_refund(told=stripe_api.snapshot(ProviderRefund, event.object), at=at) is not None
    if intent is not None:
        apply_intent(intent=intent, at=at)  # the dispute may be heard of before the payment
    return apply_dispute(told=stripe_api.snapshot(ProviderDispute, event.object), at=at) is not None
