"""Access tokens signed by EdDSA, with the claims that spare a request its database queries; and refresh tokens.

A refresh token is read by nobody but us and is signed symmetrically (SimpleJWT, HS256 by SECRET_KEY). Neither kind is
taken for the other: each is verified by its one algorithm, whatever its header says (RFC 8725, section 3.1).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
import msgspec
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken

from apps.core import clock
from apps.core.errors import Unauthenticated

from .signing import keyring
from .signing.jwk import ALGORITHM
from .signing.keyring import Keyring

_TYPE = "at+jwt"  # RFC 9068, so that no other signed thing passes for an access token
_LEEWAY_SECONDS = 5  # clocks of several machines differ; how long a token is good for is held exactly, below


class InvalidToken(Unauthenticated):
    code, title = "invalid_token", "The token is not valid"


class NoSigningKey(RuntimeError):
    """A command issues tokens and has not called `ensure_signing_key` before its transaction."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says. `expires_at` is seconds since 1970 UTC."""

    user_id: UUID
    session_id: UUID
    tenant_id: UUID | None
    role: str
    name: str
    is_platform_admin: bool
    expires_at: int
    support_id: UUID | None = None


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    access: str
    refresh: str
    refresh_jti: UUID
    expires_in_seconds: int


def issue_pair(
    *,
    session_id: UUID,
    user_id: UUID,
    tenant_id: UUID | None,
    role: str,
    name: str,
    admin: bool,
    refresh_jti: UUID,
    expires_at: datetime,
    at: datetime,
) -> TokenPair:
    """A pair of tokens of one sign-in; `expires_at` is the refresh token's end. The same values give the same pair.

    Raises NoSigningKey.
    """
    about = {"sid": str(session_id), "sub": str(user_id)}
    refresh = RefreshToken()
    refresh.set_iat(at_time=at)
    refresh.payload |= {"exp": int(expires_at.timestamp()), "jti": str(refresh_jti), **about}
    lifetime = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    issued_at = int(at.timestamp())
    access = {
        "iss": api_settings.ISSUER,
        "token_type": "access",
        "iat": issued_at,
        "exp": issued_at + lifetime,
        **about,
        "tid": str(tenant_id) if tenant_id else None,
        "role": role,
        "name": name,
        "pa": admin,
    }
    return TokenPair(
        access=_signed(access, at=at), refresh=str(refresh), refresh_jti=refresh_jti, expires_in_seconds=lifetime
    )


def issue_support_access(
    *, support_id: UUID, session_id: UUID, user_id: UUID, tenant_id: UUID, name: str, ends_at: datetime, at: datetime
) -> str:
    """An access token of a support session until its end, with no refresh token beside it. Raises NoSigningKey."""
    claims = {
        "iss": api_settings.ISSUER,
        "token_type": "access",
        "iat": int(at.timestamp()),
        "exp": int(ends_at.timestamp()),
        "sid": str(session_id),
        "sub": str(user_id),
        "tid": str(tenant_id),
        "role": "support",
        "name": name,
        "pa": False,
        "sup": str(support_id),
    }
    return _signed(claims, at=at)


def _signed(claims: dict[str, Any], *, at: datetime) -> str:
    signer = keyring.present().find_signer(at)
    if signer is None:
        raise NoSigningKey("call ensure_signing_key before the transaction that issues tokens")
    return jwt.encode(claims, signer.private_key, ALGORITHM, headers={"kid": signer.kid, "typ": _TYPE})


def read_access(token: str, *, ring: Keyring | None = None) -> Claims:
    """The claims of a valid access token, by the keys at hand or by the ring given.

    Raises InvalidToken for a forged, malformed or expired one.
    """
    claims = _verified(token, ring) if ring else _verified_at_hand(token)
    if claims.expires_at <= clock.now().timestamp():
        raise InvalidToken("The access token has expired; get a new one by POST auth/refresh.")
    return claims


def _verified_at_hand(token: str) -> Claims:
    ring = keyring.at_hand()
    try:
        return _verified(token, ring)
    except InvalidToken:
        newest = keyring.present()  # the token may be signed by a key that was made this minute
        if newest is ring:
            raise
        return _verified(token, newest)


@lru_cache(maxsize=20_000)
def _verified(token: str, ring: Keyring) -> Claims:
    try:
        header = jwt.get_unverified_header(token)
        if header["typ"] != _TYPE:
            raise ValueError("another kind of token")
        payload = jwt.decode(
            token,
            ring.verifiers[header["kid"]],
            algorithms=[ALGORITHM],
            issuer=api_settings.ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": False},
        )
        return Claims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            tenant_id=UUID(payload["tid"]) if payload["tid"] else None,
            role=payload["role"],
            name=payload["name"],
            is_platform_admin=payload["pa"],
            expires_at=payload["exp"],
            support_id=UUID(payload["sup"]) if payload.get("sup") else None,
        )
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
        raise InvalidToken("The access token is expired or not one of ours; sign in again.") from None


def read_refresh(token: str) -> tuple[UUID, UUID]:
    """The session id and the token's own id. Raises InvalidToken."""
    try:
        payload = RefreshToken(token).payload  # type: ignore[arg-type]
        return UUID(payload["sid"]), UUID(payload["jti"])
    except (TokenError, KeyError, ValueError, TypeError):
        raise InvalidToken("The refresh token is expired or not one of ours; sign in again.") from None


__all__ = ["Claims", "InvalidToken", "NoSigningKey", "TokenPair", "issue_pair", "read_access", "read_refresh"]
