"""How django-allauth's clients speak to a provider: with a limit of time, and an outage told from a refusal."""

from typing import Any

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

TIMEOUT_SECONDS = 5
_BUSY = 429


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library is not typed
    """SOCIALACCOUNT_ADAPTER."""

    def get_requests_session(self) -> requests.Session:
        return Session()


class Session(requests.Session):
    """Raises requests.RequestException where a provider is away, slow, busy or broken."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT_SECONDS)
        kwargs["allow_redirects"] = False  # a secret is sent to the configured address and nowhere else
        reply = super().request(*args, **kwargs)
        if reply.status_code >= 500 or reply.status_code == _BUSY:
            reply.raise_for_status()
        return reply
