"""From where and by whom: read off the request that is being served, only when an audit row is written."""

from collections.abc import Callable
from contextvars import ContextVar

import msgspec
from django.http import HttpRequest

from apps.core.actor import SYSTEM, Actor

_LONGEST_CLIENT = 200
_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)
_address_of: Callable[[HttpRequest], str] = lambda request: str(request.META.get("REMOTE_ADDR", ""))  # noqa: E731


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The client's IP address and what it calls itself; both empty outside of a request."""

    address: str = ""
    client: str = ""


def set_address_reader(address_of: Callable[[HttpRequest], str]) -> None:
    """Fill the port, once, from `apps.auth`, which knows the proxies that may be believed."""
    global _address_of
    _address_of = address_of


def serve(request: HttpRequest | None) -> None:
    """What is done from now on is done for this request; None: for none. (A context manager would cost 3 µs.)"""
    _request.set(request)


def origin() -> Origin:
    """Where the present request comes from."""
    request = _request.get()
    return Origin() if request is None else origin_of(request)


def origin_of(request: HttpRequest) -> Origin:
    """Where this request comes from."""
    named = request.META.get("HTTP_USER_AGENT", "")
    client = "".join(letter for letter in named if letter.isprintable())
    return Origin(address=_address_of(request), client=client[:_LONGEST_CLIENT])


def acting() -> Actor:
    """Who sends the present request; the platform itself outside of one."""
    request = _request.get()
    return (find_actor(request) if request is not None else None) or SYSTEM


def find_actor(request: HttpRequest) -> Actor | None:
    """Who sends this request, as far as an edge has found out."""
    for name in ("admin_actor", "user"):  # the API puts its actor where Django has its user
        actor = request.__dict__.get(name)
        if type(actor) is Actor:  # isinstance would look Django's lazy user up
            return actor
    return None
