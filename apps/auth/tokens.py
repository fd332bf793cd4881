"""Access and refresh tokens by SimpleJWT, with the claims that spare a request its database queries."""

from functools import lru_cache
from uuid import UUID

import msgspec
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from apps.core import clock
from apps.core.errors import Unauthenticated
from apps.core.ids import new_id


class InvalidToken(Unauthenticated):
    code, title = "invalid_token", "The token is not valid"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says. `expires_at` is seconds since 1970 UTC."""

    user_id: UUID
    session_id: UUID
    tenant_id: UUID | None
    role: str
    name: str
    is_platform_admin: bool
    expires_at: int


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    access: str
    refresh: str
    refresh_jti: UUID
    expires_in_seconds: int


def issue_pair(
    *, session_id: UUID, user_id: UUID, tenant_id: UUID | None, role: str, name: str, admin: bool
) -> TokenPair:
    """A new pair of tokens of one sign-in."""
    jti = new_id()
    refresh = RefreshToken()
    refresh["jti"] = str(jti)
    access = AccessToken()
    for token in (refresh, access):
        token["sid"] = str(session_id)
        token["sub"] = str(user_id)
    access["tid"] = str(tenant_id) if tenant_id else None
    access["role"] = role
    access["name"] = name
    access["pa"] = admin
    return TokenPair(
        access=str(access),
        refresh=str(refresh),
        refresh_jti=jti,
        expires_in_seconds=int(access.lifetime.total_seconds()),
    )


def read_access(token: str) -> Claims:
    """The claims of a valid access token. Raises InvalidToken for a forged, malformed or expired one."""
    claims = _verified(token)
    if claims.expires_at <= clock.now().timestamp():
        raise InvalidToken("The access token has expired; get a new one by POST auth/refresh.")
    return claims


@lru_cache(maxsize=20_000)
def _verified(token: str) -> Claims:
    try:
        payload = AccessToken(token).payload  # type: ignore[arg-type]
        return Claims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            tenant_id=UUID(payload["tid"]) if payload["tid"] else None,
            role=payload["role"],
            name=payload["name"],
            is_platform_admin=payload["pa"],
            expires_at=payload["exp"],
        )
    except (TokenError, KeyError, ValueError, TypeError):
        raise InvalidToken("The access token is expired or not one of ours; sign in again.") from None


def read_refresh(token: str) -> tuple[UUID, UUID]:
    """The session id and the token's own id. Raises InvalidToken."""
    try:
        payload = RefreshToken(token).payload  # type: ignore[arg-type]
        return UUID(payload["sid"]), UUID(payload["jti"])
    except (TokenError, KeyError, ValueError, TypeError):
        raise InvalidToken("The refresh token is expired or not one of ours; sign in again.") from None


__all__ = ["Claims", "InvalidToken", "TokenPair", "issue_pair", "read_access", "read_refresh"]
