"""A sign-in by provider on its way: what goes out as `state` and comes back once, to the browser that began it."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.auth.page_sessions import public_in_sight
from apps.auth.signing.once import Word, find_word, seal_word, spend
from apps.core.errors import Forbidden, Invalid
from apps.core.ids import new_id

from .asking import authorize_url, fetch_identity
from .configured import Identity, get_provider

GOOD_FOR = timedelta(minutes=10)


class StateInvalid(Forbidden):
    code, title = "state_invalid", "This sign-in was not begun here, or took too long"


class SignInCancelled(Forbidden):
    code, title = "sign_in_cancelled", "You did not go through with it at the provider"


class Flow(Word, frozen=True, kw_only=True):
    """What a sign-in by provider needs to remember; sealed, it is the `state`.

    `origin` is scheme and host where it began, `tenant` whom that or the caller named. A page's is bound to its browser
    by a cookie (`browser`), a front-end's by the `challenge` that it keeps the verifier of, and ends at `return_to`.
    """

    provider: str
    origin: str
    tenant: str | None
    browser: str = ""
    challenge: str = ""
    return_to: str = ""
    following: str = "/"
    invitation: str = ""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the browser, and until when it may come back."""

    url: str
    expires_at: datetime


def begin_at_page(
    *, provider: str, origin: str, tenant: str | None, following: str, invitation: str, at: datetime
) -> tuple[Begun, str]:
    """A page's sign-in: the cookie's secret goes to the browser with the answer. Raises ProviderNotFound, …Unavailable.

    Nothing is written: whoever makes another's browser begin gains nothing, for it ends in that browser.
    """
    secret = secrets.token_urlsafe(32)
    flow = Flow(
        id=new_id(), expires_at=at + GOOD_FOR, provider=provider, origin=origin, tenant=tenant,
        browser=_of_browser(secret), following=following, invitation=invitation,
    )  # fmt: skip
    return _begin(flow), secret


def begin_for_front_end(
    *, provider: str, origin: str, tenant: str | None, challenge: str, return_to: str, invitation: str, at: datetime
) -> Begun:
    """A front-end's sign-in. Raises Invalid for a `return_to` elsewhere, ProviderNotFound, ProviderUnavailable."""
    get_provider(provider)
    there = urlsplit(return_to)
    if f"{there.scheme}://{there.netloc}" not in (origin, *settings.CORS_ALLOWED_ORIGINS) or there.fragment:
        raise Invalid.field(
            "returnTo", "not_allowed", "returnTo: Name an address of this host or of an origin in CORS_ALLOWED_ORIGINS."
        )
    return _begin(
        Flow(
            id=new_id(),
            expires_at=at + GOOD_FOR,
            provider=provider,
            origin=origin,
            tenant=tenant,
            challenge=challenge,
            return_to=return_to,
            invitation=invitation,
        )
    )


def find_flow(state: str, *, provider: str, at: datetime) -> Flow:
    """The flow that a state stands for. Raises StateInvalid."""
    flow = find_word(state, Flow, at=at)
    if flow is None or flow.provider != provider:
        raise StateInvalid("Begin again.")
    return flow


def end_flow(flow: Flow, *, code: str, error: str, cookie: str) -> Identity:
    """Who came back from the provider, this once.

    Raises StateInvalid for another browser and a state that was used, SignInCancelled, IdentityInvalid,
    ProviderUnavailable.
    """
    if flow.browser and not constant_time_compare(flow.browser, _of_browser(cookie)):
        raise StateInvalid("Begin again, in one and the same browser.")
    with public_in_sight(), transaction.atomic():
        if not spend(flow):
            raise StateInvalid("Begin again.")
    if error or not code:
        raise SignInCancelled("Begin again, or sign in with your password.")
    provider = get_provider(flow.provider)
    return fetch_identity(provider, code=code, flow_id=flow.id, redirect_uri=_redirect_uri(flow))


def _begin(flow: Flow) -> Begun:
    provider = get_provider(flow.provider)
    url = authorize_url(provider, flow_id=flow.id, state=seal_word(flow), redirect_uri=_redirect_uri(flow))
    return Begun(url=url, expires_at=flow.expires_at)


def _redirect_uri(flow: Flow) -> str:
    return f"{settings.SIGN_IN_CALLBACK_ORIGIN or flow.origin}/sign-in/{flow.provider}/callback/"


def _of_browser(secret: str) -> str:
    return salted_hmac("parking.provider.browser", secret, algorithm="sha256").hexdigest()
