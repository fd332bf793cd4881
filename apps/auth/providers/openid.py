"""Google's and Microsoft's answer: an ID token (OpenID Connect Core 1.0), verified here whatever way it came."""

import re
import time
from typing import Any

import jwt
import requests
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from .adapter import Session
from .configured import Identity, IdentityInvalid, Provider

_ALGORITHM = "RS256"  # what both sign with; never what a token's header says (RFC 8725, section 3.1)
_LEEWAY_SECONDS = 60
_KEPT_SECONDS = 3600.0
_DIRECTORY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # Microsoft's directory of personal accounts
AWAY_SECONDS = 10.0
_away: dict[str, float] = {}
_known: dict[str, tuple[float, dict[str, Any]]] = {}


def endpoints(provider: Provider) -> dict[str, Any]:
    """The provider's discovery document, remembered for an hour; that there was no answer, for ten seconds.

    Raises requests.RequestException, IdentityInvalid.
    """
    base = f"{provider.url}/{provider.directory}/v2.0" if provider.directory else provider.url
    kept = _known.get(base)
    if kept is not None and time.monotonic() - kept[0] < _KEPT_SECONDS:
        return kept[1]
    if time.monotonic() - _away.get(base, -AWAY_SECONDS) < AWAY_SECONDS:
        raise requests.ConnectionError("it was away a moment ago")  # or everyone who asks would hold a thread
    try:
        reply = Session().get(f"{base}/.well-known/openid-configuration")
        reply.raise_for_status()
    except requests.RequestException:
        _away[base] = time.monotonic()
        raise
    found: dict[str, Any] = reply.json()
    if not provider.directory and found["issuer"] != provider.url:  # OpenID Connect Discovery 1.0, section 4.3
        raise IdentityInvalid("It describes itself as somebody else.")
    _known[base] = (time.monotonic(), found)
    return found


def identity_of(provider: Provider, tokens: dict[str, Any], *, nonce: str) -> Identity:
    """Who the ID token is about. Raises IdentityInvalid, requests.RequestException."""
    found = endpoints(provider)
    token = tokens.get("id_token", "")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != _ALGORITHM or not isinstance(header.get("kid"), str):
            raise IdentityInvalid("Its signature is of another kind.")
        issuer = _issuer(provider, found["issuer"], token)
        _, key = jwtkit.fetch_key(token, found["jwks_uri"], jwtkit.lookup_kid_jwk)
        said = jwt.decode(
            token, key, algorithms=[_ALGORITHM], issuer=issuer, audience=provider.client_id, leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
        )  # fmt: skip
    except (jwt.PyJWTError, OAuth2Error, KeyError, TypeError) as error:
        raise IdentityInvalid("Begin again; if that does not help, tell the platform's administrators.") from error
    if said["nonce"] != nonce or said.get("azp", provider.client_id) != provider.client_id:
        raise IdentityInvalid("This answer belongs to another sign-in.")
    return _microsofts(said) if provider.directory else _googles(said)


def _issuer(provider: Provider, described: str, token: str) -> str:
    """Whom the token must be from; Microsoft has one issuer for each directory, and ours may be fixed to one."""
    if "{tenantid}" not in described:
        return described
    directory = jwt.decode(token, options={"verify_signature": False}).get("tid")
    if not isinstance(directory, str) or not _DIRECTORY.fullmatch(directory):
        raise IdentityInvalid("It names no directory.")
    if (provider.directory == "organizations") == (directory == _PERSONAL) and provider.directory != "common":
        raise IdentityInvalid("Accounts of this kind are not taken here.")
    return described.replace("{tenantid}", directory)


def _googles(said: dict[str, Any]) -> Identity:
    verified = said.get("email_verified") is True
    return Identity(
        provider="google",
        subject=said["sub"],
        email=_address(said) if verified else "",
        name=str(said.get("name", ""))[:200],
    )


def _microsofts(said: dict[str, Any]) -> Identity:
    """An address counts only if Microsoft says that the directory owns its domain.

    A directory's administrator may write any address into `email` (the nOAuth attack). `xms_edov` is an optional claim,
    to be asked for where the application is registered.
    """
    verified = said.get("xms_edov") in (True, 1, "1", "true")
    return Identity(
        provider="microsoft",
        subject=f"{said['tid']}:{said['sub']}",
        email=_address(said) if verified else "",
        name=str(said.get("name", ""))[:200],
    )


def _address(said: dict[str, Any]) -> str:
    return str(said.get("email", "")).strip().lower()[:254]
