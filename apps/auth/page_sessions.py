"""Django's database sessions and users for pages, found on every host.

They lie in the public schema. In a tenant that is behind the tenant's own on the search path; on the platform's host
nothing is entered, and the middleware that loads and saves them runs outside of any view.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from apps.core import tenancy

from .models import User


def public_in_sight() -> AbstractContextManager[Any]:
    """Enter the public schema unless a tenant is entered, from where its tables are seen anyway."""
    return nullcontext() if tenancy.find_current() else tenancy.public()


class SessionStore(DatabaseStore):
    """SESSION_ENGINE: a page's session."""

    def load(self) -> dict[str, Any]:
        with public_in_sight():
            return super().load()

    def exists(self, session_key: str) -> bool:
        with public_in_sight():
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        with public_in_sight():
            super().save(must_create=must_create)

    def delete(self, session_key: str | None = None) -> None:
        with public_in_sight():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        with public_in_sight():
            super().clear_expired()


class PageBackend(ModelBackend):
    """AUTHENTICATION_BACKENDS: the user behind a page's session; None once deactivated."""

    def get_user(self, user_id: Any) -> User | None:
        with public_in_sight():
            user = super().get_user(user_id)
        return user if isinstance(user, User) else None
