"""Who opens a WebSocket: by `Sec-WebSocket-Protocol: bearer, <token>`, by `Authorization: Api-Key <key>`, or by the
session cookie of our own pages.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef

from .actors import actor_of_session
from .api.authentication import actor_of_token
from .keys.acting import actor_of_key, find_key_text
from .page_sessions import SessionStore
from .security.addresses import address_of_scope

RECHECK_SECONDS = 5.0
NOT_SIGNED_IN = 4401

Application = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]


class _Authentication:
    """Puts `actor` and `tenant` into the scope: both None for a stranger, whom the consumer then refuses."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        scope["actor"], scope["tenant"], scope["subprotocol"] = await tenancy.in_thread(_identify, scope)
        await self.app(scope, receive, send)


async def close_when_signed_out(consumer: AsyncWebsocketConsumer) -> None:
    """Ask again every five seconds who this is, and close the socket when it is no longer the same.

    So a logout, a new role, a deactivation, a rule and the token's end reach what is open already. To look on is not
    to use the sign-in: one that nobody acts in ends with its time-out, and the board with it.
    """
    actor = consumer.scope["actor"]
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        present, _, _ = await tenancy.in_thread(_identify, consumer.scope, True)
        if present != actor:
            await consumer.close(NOT_SIGNED_IN)
            return


def _identify(scope: dict[str, Any], watching: bool = False) -> tuple[Actor | None, TenantRef | None, str | None]:
    named = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    host = named.rsplit(":", 1)[0].lower()
    at_host = tenancy.directory().by_host(host)
    if at_host is None and host not in settings.PLATFORM_HOSTS:
        return None, None, None
    protocols = scope.get("subprotocols", [])
    authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if (key := find_key_text(authorization)) is not None:
        return *_by(lambda: actor_of_key(key, address=address_of_scope(scope)), at_host), None
    if protocols[:1] == ["bearer"]:
        token = _Token(protocols[1] if len(protocols) > 1 else "", address_of_scope(scope), watching)
        return *_by(token.actor, at_host), "bearer"
    if at_host is None or not _from_our_page(scope, named):
        return None, None, None
    with tenancy.enter(at_host):
        return _by_cookie(scope, watching), at_host, None


def _from_our_page(scope: dict[str, Any], host: str) -> bool:
    # A browser sends the cookie whichever page opens the socket, and names that page's origin. Tenants under one domain
    # are the same site to it, so the origin has to be this very host.
    origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
    try:
        return str(urlsplit(origin).netloc).lower() == host.lower()
    except ValueError:
        return False


class _Token(NamedTuple):
    text: str
    address: str
    watching: bool

    def actor(self) -> Actor:
        return actor_of_token(self.text, address=self.address, watching=self.watching)


def _by(identify: Callable[[], Actor], at_host: TenantRef | None) -> tuple[Actor | None, TenantRef | None]:
    try:
        if at_host is None:
            actor = identify()
        else:
            with tenancy.enter(at_host):
                actor = identify()
    except DomainError:
        return None, None
    return actor, tenancy.directory().by_id(actor.tenant_id) if actor.tenant_id else None


def _by_cookie(scope: dict[str, Any], watching: bool) -> Actor | None:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address_of_scope(scope)
    request.session = SessionStore(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return actor_of_session(request, watching=watching)


def SocketAuthentication(app: Application) -> Any:  # noqa: N802  # reads like the middleware that it is
    """The ASGI middleware."""
    return CookieMiddleware(_Authentication(app))
