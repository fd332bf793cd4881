"""How the tests of identity sign in over the API."""

from typing import ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from tests.factories.api import Api, Reply

PASSWORD = "parking-demo"


def login(email: str, password: str = PASSWORD, *, host: str, tenant: str | None = None, address: str = "") -> Reply:
    """POST auth/login as a front-end would, from the given IP address."""
    client = Client(raise_request_exception=False, **({"REMOTE_ADDR": address} if address else {}))
    body = {"email": email, "password": password, **({"tenant": tenant} if tenant else {})}
    return Api(host, client=client).post("auth/login", body)


def at_host(host: str, token: str | None = None) -> Api:
    """A client at this host with this access token."""
    return Api(host, token=token)


class CountingHasher(MD5PasswordHasher):
    """A cheap hasher that counts its work."""

    algorithm = "counting"
    hashed: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)
