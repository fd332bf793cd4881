"""Where e-mails go: EMAIL_URL taken apart the way Django wants it."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

_CONSOLE = "django.core.mail.backends.console.EmailBackend"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
TIMEOUT_SECONDS = 20


def settings() -> dict[str, Any]:
    """Django's EMAIL_… settings.

    `EMAIL_URL` is `smtp://`, `smtp+tls://` (STARTTLS) or `smtps://user:password@host:port`; empty or `console:` writes
    to the worker's standard output. Raises ImproperlyConfigured for anything else.
    """
    url = env.text("EMAIL_URL")
    if url in ("", "console:"):
        return {"EMAIL_BACKEND": _CONSOLE}
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL: write smtp+tls://user:password@host:587, smtps://…, smtp://…, console:")
    return {
        "EMAIL_BACKEND": _SMTP,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }
