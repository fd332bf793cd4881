"""Registering and signing in over the API."""

from typing import Any

from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD

from .authenticator import Authenticator

HOST, EMAIL = "acme.localhost", "operator@acme.example"


def register(api: Api, key: Authenticator, name: str = "Phone", **proof: Any) -> Reply:
    """Give this person the passkey of this authenticator."""
    begun = api.post("auth/mfa/passkeys/challenge", {"password": PASSWORD, **proof})
    assert begun.status == 200, begun
    credential = key.create(begun.json["publicKey"])
    return api.post("auth/mfa/passkeys", {"state": begun.json["state"], "credential": credential, "name": name})


def challenge(host: str = HOST) -> Any:
    return Api(host).post("auth/passkeys/challenge").json


def sign_in(key: Authenticator, *, host: str = HOST, asked: Any = None, **lies: Any) -> Reply:
    """By the passkey alone."""
    asked = asked or challenge(host)
    body = {"state": asked["state"], "credential": key.get(asked["publicKey"], **lies)}
    return Api(host).post("auth/passkeys/sign-in", body)


def after_password(host: str = HOST, **proof: Any) -> Reply:
    """By the password, with what is given for the second factor."""
    return Api(host).post("auth/login", {"email": EMAIL, "password": PASSWORD, **proof})


def signed(key: Authenticator, asked: Any, **lies: Any) -> dict[str, Any]:
    """For `passkey` of a body: the answer to what a refusal asked."""
    return {"state": asked["state"], "credential": key.get(asked["publicKey"], **lies)}
