"""Sending a browser to a provider, and having the provider's answer (RFC 6749, section 4.1; PKCE, RFC 7636)."""

from typing import Any
from uuid import UUID

import requests
import structlog
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from django.utils.crypto import salted_hmac

from . import github, openid
from .configured import Identity, IdentityInvalid, Provider, ProviderUnavailable
from .pkce import challenge_of

log = structlog.get_logger(__name__)
_SCOPES = {"google": ["openid", "email", "profile"], "microsoft": ["openid", "email", "profile"],
           "github": ["read:user", "user:email"]}  # fmt: skip


def authorize_url(provider: Provider, *, flow_id: UUID, state: str, redirect_uri: str) -> str:
    """Where to send the browser. Raises ProviderUnavailable."""
    try:
        target = _endpoint(provider, "authorization_endpoint", "login/oauth/authorize")
    except (requests.RequestException, KeyError, TypeError, AttributeError) as error:
        raise _down(provider, error) from error
    client = _client(provider, "", redirect_uri)
    client.state = state
    asked = {"code_challenge": challenge_of(_derived("verifier", flow_id)), "code_challenge_method": "S256"}
    if provider.name != "github":
        asked["nonce"] = _derived("nonce", flow_id)
    if provider.name == "google":
        asked["prompt"] = "select_account"  # many share a till's browser
    return str(client.get_redirect_url(target, _SCOPES[provider.name], asked))


def fetch_identity(provider: Provider, *, code: str, flow_id: UUID, redirect_uri: str) -> Identity:
    """Change the code that the browser brought for who its owner is. Raises IdentityInvalid, ProviderUnavailable."""
    try:
        client = _client(provider, _endpoint(provider, "token_endpoint", "login/oauth/access_token"), redirect_uri)
        tokens: dict[str, Any] = client.get_access_token(code, pkce_code_verifier=_derived("verifier", flow_id))
        if provider.name == "github":
            return github.identity_of(provider, tokens)
        return openid.identity_of(provider, tokens, nonce=_derived("nonce", flow_id))
    except OAuth2Error as error:
        log.info("provider_refused", provider=provider.name)
        raise IdentityInvalid("It did not take the code; begin again.") from error
    except (requests.RequestException, KeyError, TypeError, AttributeError) as error:
        raise _down(provider, error) from error


def _client(provider: Provider, token_url: str, redirect_uri: str) -> Any:
    headers = {"Accept": "application/json"}
    return OAuth2Client(
        None, provider.client_id, provider.secret, "POST", token_url, redirect_uri, headers=headers
    )  # the request is looked at by none of its methods


def _endpoint(provider: Provider, name: str, path: str) -> str:
    return f"{provider.url}/{path}" if provider.name == "github" else str(openid.endpoints(provider)[name])


def _down(provider: Provider, error: Exception) -> ProviderUnavailable:
    log.warning("provider_unavailable", provider=provider.name, error=type(error).__name__)
    return ProviderUnavailable(
        f"{provider.title} does not answer; try again in a minute, or sign in with your password.",
        retry_after_seconds=60,
    )


def _derived(what: str, flow_id: UUID) -> str:
    """A secret of one sign-in, made anew when it is needed: nothing has to be kept."""
    return salted_hmac(f"parking.provider.{what}", flow_id.hex, algorithm="sha256").hexdigest()
