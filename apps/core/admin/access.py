"""Whom the admin asks who acts and what they may do; `apps.auth` knows, and fills this in at start-up."""

from typing import Protocol

from django.http import HttpRequest

from apps.core.actor import Actor


class Access(Protocol):
    """The port to identity."""

    def actor(self, request: HttpRequest) -> Actor | None: ...
    def may(self, actor: Actor, resource: str, action: str) -> bool: ...
    def sign_out(self, request: HttpRequest) -> None: ...


_access: Access | None = None


def set_access(access: Access) -> None:
    """Fill the port, once, from `apps.auth`."""
    global _access
    _access = access


def access() -> Access:
    """The port. Raises RuntimeError before start-up has filled it."""
    if _access is None:
        raise RuntimeError("the admin's access is filled in by apps.auth at start-up")
    return _access
