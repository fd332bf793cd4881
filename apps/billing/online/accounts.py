"""Whose account money goes to, and that what the provider tells is of the account that it was paid into (ADR 0029).

Operators are businesses of their own: each has its money in a connected account, and could write our ids into the
metadata of what it makes there. So an event counts for a tenant's payment only from the account of that payment.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.billing.models import OnlinePayment, RefundSending
from apps.core import audit, tenancy
from apps.core.errors import Forbidden

from . import stripe_api
from .actors import PROVIDER_ACTOR
from .snapshots import Heard, Intent


class ForeignAccount(Forbidden):
    code, title = "foreign_account", "This is not of the account that the money went to"


def is_offered() -> bool:
    """Whether the current tenant may be paid online: into its own account, else, where that is allowed, into ours."""
    return stripe_api.is_configured() and bool(tenancy.current().stripe_account or not settings.STRIPE_CONNECT)


def require_own_account(event: Heard, intent: Intent | None) -> None:
    """Refuse an event of another account than that of the current tenant's payment; the refusal stays in the trail.

    `intent` is that of a dispute. Raises ForeignAccount.
    """
    expected = _account_of(event, intent)
    if event.account == expected:
        return
    with transaction.atomic():
        audit.record(
            "webhook.refused",
            audit.Subject("webhook", event.id[:200]),
            actor=PROVIDER_ACTOR,
            after={"type": event.type, "account": event.account, "expected": expected},
        )
    raise ForeignAccount("It is of another account than the payment that it names.")


def _account_of(event: Heard, intent: Intent | None) -> str:
    """The account of the payment that an event names; the tenant's present one where it names none."""
    metadata = event.object.get("metadata") if intent is None else intent.metadata
    named = metadata if isinstance(metadata, dict) else {}
    paid = OnlinePayment.objects.filter(id=_id(named.get("online_payment"))).values_list("account", flat=True).first()
    sent = RefundSending.objects.filter(id=_id(named.get("sending")))
    sent_from = sent.values_list("refund__payment__online__account", flat=True).first()
    found = paid if event.object.get("object") != "refund" else sent_from
    return tenancy.current().stripe_account if found is None else found


def _id(named: object) -> UUID:
    try:
        return UUID(str(named))
    except ValueError:
        return UUID(int=0)  # nothing of ours
