"""Who may vouch for people at sign-in, from the environment: what has no client id is not offered."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

_URLS = {
    "google": {"url": "https://accounts.google.com"},
    "microsoft": {"url": "https://login.microsoftonline.com"},
    "github": {"url": "https://github.com", "api_url": "https://api.github.com"},
}


def providers() -> dict[str, dict[str, str]]:
    """By name. Raises ImproperlyConfigured for a client id without its secret, and for what is no web address."""
    found = {}
    for name, urls in _URLS.items():
        prefix = f"OAUTH_{name.upper()}"
        client_id, secret = env.text(f"{prefix}_ID"), env.text(f"{prefix}_SECRET")
        if bool(client_id) != bool(secret):
            raise ImproperlyConfigured(f"Set both {prefix}_ID and {prefix}_SECRET, or neither.")
        if not client_id:
            continue
        found[name] = {"client_id": client_id, "secret": secret}
        for kind, usual in urls.items():
            found[name][kind] = _origin(f"{prefix}_{kind.upper()}", usual, path=True)
    if "microsoft" in found:
        found["microsoft"]["directory"] = env.text("OAUTH_MICROSOFT_DIRECTORY", "common")
    return found


def callback_origin() -> str:
    """Where providers send browsers back to; empty: to the host where the sign-in began."""
    return _origin("OAUTH_CALLBACK_ORIGIN", "")


def allauth_settings() -> dict[str, Any]:
    """What django-allauth's pieces read. It keeps no accounts here: see docs/adr."""
    return {
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "SOCIALACCOUNT_ADAPTER": "apps.auth.providers.adapter.Adapter",
    }


def _origin(name: str, default: str, *, path: bool = False) -> str:
    url = env.text(name, default).rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or (parts.path and not path)):
        raise ImproperlyConfigured(f"{name}={url!r}: write an address like https://parking.example.")
    return url
