"""Stripe's API as it is used here. Nothing of ours is locked while it is asked."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
import stripe
import structlog
from django.conf import settings

from apps.core.errors import DomainError, Invalid, NotFound, Unavailable

from . import waiting
from .snapshots import Heard, Intent, ProviderRefund

PROVIDER: Final = "stripe"
TIMEOUT: Final = (3.0, 10.0)
"""Seconds to connect and to answer, where nobody waits."""

HURRIED_TIMEOUT: Final = (1.5, 3.5)
"""The same where somebody does; the budget of all of it is `waiting.BUDGET_SECONDS`."""

_RETRIES = 2
_Kind = TypeVar("_Kind", bound=msgspec.Struct)
log = structlog.get_logger(__name__)


class ProviderDown(Unavailable):
    code, title = "provider_unavailable", "The payment provider does not answer"


class ProviderRefused(DomainError):
    """The provider answered that it will not; asking again in the same words is of no use."""

    status, code, title = 409, "provider_refused", "The payment provider refused"


class BadSignature(DomainError):
    status, code, title = 400, "bad_signature", "This was not signed by the payment provider"


class Unreadable(Invalid):
    code, title = "unreadable", "What the provider told cannot be read"


class NoProvider(NotFound):
    code, title = "no_provider", "No payment provider is set up here"


def is_configured() -> bool:
    """Whether payments can be taken online on this installation."""
    return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)


def create_intent(*, amount: int, currency: str, metadata: dict[str, str], key: str, account: str) -> Intent:
    """Begin a payment; the same `key` gives the same intent again. Raises ProviderDown, ProviderRefused.

    `account`, here and below, is the connected account that the money is of; empty is the installation's own.
    """
    params: dict[str, Any] = {
        "amount": amount,
        "currency": currency.lower(),
        "metadata": metadata,
        "automatic_payment_methods": {"enabled": True},
    }
    return _ask(Intent, lambda v1: v1.payment_intents.create(params, _options(account, idempotency_key=key)))


def retrieve_intent(intent_id: str, *, account: str) -> Intent:
    """An intent as it is now. Raises ProviderDown, ProviderRefused."""
    return _ask(Intent, lambda v1: v1.payment_intents.retrieve(intent_id, options=_options(account)))


def cancel_intent(intent_id: str, *, account: str) -> Intent:
    """Cancel an intent, or give it as it is where that is too late. Raises ProviderDown, ProviderRefused."""
    try:
        return _ask(Intent, lambda v1: v1.payment_intents.cancel(intent_id, options=_options(account)))
    except ProviderRefused:
        return retrieve_intent(intent_id, account=account)


def create_refund(*, intent_id: str, amount: int, metadata: dict[str, str], key: str, account: str) -> ProviderRefund:
    """Send money back; the same `key` sends it once. Raises ProviderDown, ProviderRefused."""
    params: dict[str, Any] = {"payment_intent": intent_id, "amount": amount, "metadata": metadata}
    return _ask(ProviderRefund, lambda v1: v1.refunds.create(params, _options(account, idempotency_key=key)))


def retrieve_refund(refund_id: str, *, account: str) -> ProviderRefund:
    """A refund as it is now. Raises ProviderDown, ProviderRefused."""
    return _ask(ProviderRefund, lambda v1: v1.refunds.retrieve(refund_id, options=_options(account)))


def list_refunds(intent_id: str, *, account: str) -> list[ProviderRefund]:
    """All refunds of an intent. Raises ProviderDown, ProviderRefused."""

    class _List(msgspec.Struct):
        data: list[ProviderRefund]

    wanted: dict[str, Any] = {"payment_intent": intent_id, "limit": 100}
    return _ask(_List, lambda v1: v1.refunds.list(wanted, _options(account))).data


def read_event(*, payload: bytes, signature: str) -> Heard:
    """A webhook that the provider has signed within the last five minutes. Raises NoProvider, BadSignature.

    Each of its endpoints, that of the installation's own account and that of connected ones, has a secret of its own.
    """
    if not is_configured():
        raise NoProvider("Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.")
    for secret in settings.STRIPE_WEBHOOK_SECRET.replace(",", " ").split():
        try:
            event = stripe.Webhook.construct_event(payload, signature, secret).to_dict()
            return Heard(
                id=event["id"],
                type=event["type"],
                account=str(event.get("account") or ""),
                object=dict(event["data"]["object"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, stripe.SignatureVerificationError):
            continue
    raise BadSignature("Send the event as it is, with its Stripe-Signature.")


def snapshot(kind: type[_Kind], given: dict[str, Any]) -> _Kind:
    """An object of the provider's as one of ours. Raises Unreadable."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(f"This {kind.__name__} cannot be read: {error}") from None


def _options(account: str, **options: str) -> dict[str, str]:
    return options | ({"stripe_account": account} if account else {})


@cache
def _client(key: str, base: str, hurried: bool) -> Any:
    addresses: Any = {"api": base} if base else None
    http = stripe.RequestsClient(timeout=HURRIED_TIMEOUT if hurried else TIMEOUT)
    tries = 0 if hurried else _RETRIES
    client = stripe.StripeClient(key, base_addresses=addresses, http_client=http, max_network_retries=tries)
    return client.v1


def _ask(kind: type[_Kind], call: Callable[[Any], Any]) -> _Kind:
    if not settings.STRIPE_SECRET_KEY:
        raise NoProvider("Set STRIPE_SECRET_KEY.")
    base, hurried = settings.STRIPE_API_BASE, waiting.is_hurried()
    provider = base or PROVIDER
    if hurried and not waiting.lets_through(provider):
        raise _down(waiting.ASKED_EVERY_SECONDS)
    client = _client(settings.STRIPE_SECRET_KEY, base, hurried)
    try:
        answer = waiting.within_budget(lambda: call(client)) if hurried else call(client)
    except (stripe.RateLimitError, stripe.IdempotencyError) as error:
        raise _down() from error
    except (stripe.APIConnectionError, TimeoutError) as error:
        waiting.note_failure(provider)
        raise _down() from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500:
            waiting.note_failure(provider)
            raise _down() from error
        if error.http_status == 409:
            raise _down() from error
        log.warning("provider refused", status=error.http_status, code=error.code)
        raise ProviderRefused(str(error.user_message or error.code or "refused")) from error
    waiting.note_answer(provider)
    return snapshot(kind, answer.to_dict())


def _down(seconds: int = 10) -> ProviderDown:
    return ProviderDown("Nothing was lost; try again in a moment.", retry_after_seconds=seconds)
