"""How a browser and a front-end go to a provider and come back."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.factories.api import Api, Reply

from .standin import StandIn

HOST = "acme.localhost"
VERIFIER = "v" * 43
BACK = "http://acme.localhost/app/"


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def browser(host: str = HOST, **more: Any) -> Client:
    return Client(raise_request_exception=False, headers={"host": host}, **more)


def begin(client: Client, name: str = "google", **query: str) -> str:
    """Where the button leads: the provider's address."""
    answer = client.get(f"/sign-in/{name}/", query)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def come_back(client: Client, address: str, host: str = HOST) -> Any:
    """The callback, as the provider has the browser ask for it."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", headers={"host": host})


def signed_in(client: Client, provider: StandIn, name: str = "google", **query: str) -> Any:
    """There and back."""
    return come_back(client, provider.answer(begin(client, name, **query)))


def authorize(name: str = "google", *, host: str = HOST, **query: str) -> Reply:
    asked = {"codeChallenge": challenge(), "returnTo": BACK} | query
    return Api(host).get(f"auth/oauth/{name}/authorize", **asked)


def front_end(provider: StandIn, name: str = "google", *, host: str = HOST, **query: str) -> dict[str, str]:
    """What the front-end finds behind the `#` when the browser is back."""
    begun = authorize(name, host=host, **query)
    assert begun.status == 200, begun
    answer = come_back(browser(host), provider.answer(begun.json["authorizeUrl"]), host)
    assert answer.status_code == 302, answer.content
    there, _, fragment = answer["Location"].partition("#")
    assert there == query.get("returnTo", BACK)
    return {key: values[0] for key, values in parse_qs(fragment).items()}


def exchange(code: str, *, verifier: str = VERIFIER, host: str = HOST, **more: Any) -> Reply:
    return Api(host).post("auth/oauth/exchange", {"code": code, "codeVerifier": verifier, **more})
