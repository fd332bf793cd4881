"""Who opens a WebSocket: by `Sec-WebSocket-Protocol: bearer, <token>`, or by the session cookie of our own pages."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.sessions import CookieMiddleware
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef

from .actors import actor_of_session
from .api.authentication import actor_of_token
from .page_sessions import SessionStore

Application = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]


class _Authentication:
    """Puts `actor` and `tenant` into the scope: both None for a stranger, whom the consumer then refuses."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        scope["actor"], scope["tenant"], scope["subprotocol"] = await tenancy.in_thread(_identify, scope)
        await self.app(scope, receive, send)


def _identify(scope: dict[str, Any]) -> tuple[Actor | None, TenantRef | None, str | None]:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0].lower()
    at_host = tenancy.directory().by_host(host)
    protocols = scope.get("subprotocols", [])
    if protocols[:1] == ["bearer"]:
        return *_by_token(protocols[1] if len(protocols) > 1 else "", at_host), "bearer"
    if at_host is None:
        return None, None, None
    with tenancy.enter(at_host):
        return _by_cookie(scope), at_host, None


def _by_token(token: str, at_host: TenantRef | None) -> tuple[Actor | None, TenantRef | None]:
    try:
        if at_host is None:
            actor = actor_of_token(token)
        else:
            with tenancy.enter(at_host):
                actor = actor_of_token(token)
    except DomainError:
        return None, None
    return actor, tenancy.directory().by_id(actor.tenant_id) if actor.tenant_id else None


def _by_cookie(scope: dict[str, Any]) -> Actor | None:
    from django.conf import settings

    request = HttpRequest()
    request.session = SessionStore(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return actor_of_session(request)


def SocketAuthentication(app: Application) -> Any:  # noqa: N802  # reads like the middleware that it is
    """The ASGI middleware."""
    return CookieMiddleware(_Authentication(app))
