"""GitHub's answer: it has no ID token, so who somebody is gets asked for with the access token."""

from typing import Any

from allauth.socialaccount.providers.github.provider import GitHubProvider

from .adapter import Session
from .configured import Identity, IdentityInvalid, Provider


def identity_of(provider: Provider, tokens: dict[str, Any]) -> Identity:
    """Who the access token is of. Raises IdentityInvalid, requests.RequestException."""
    about = _ask(provider, "user", tokens)
    addresses = _ask(provider, "user/emails", tokens)
    try:
        rows = GitHubProvider.extract_email_addresses(None, {"emails": addresses})
        own = [row.email.strip().lower() for row in rows if row.primary and row.verified is True]
        subject, name = str(int(about["id"])), str(about.get("name") or about["login"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IdentityInvalid("It did not tell who you are.") from error
    return Identity(provider="github", subject=subject, email=own[0][:254] if own else "", name=name[:200])


def _ask(provider: Provider, path: str, tokens: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/vnd.github+json"}
    reply = Session().get(f"{provider.api_url}/{path}", headers=headers)
    if reply.status_code != 200:
        raise IdentityInvalid("It did not tell who you are.")
    return reply.json()
