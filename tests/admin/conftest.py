"""Browsers signed in to the admin by cookie."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client

from apps.auth.commands.page_sign_in import sign_in_page
from apps.auth.page_sessions import SessionStore
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.identity.people import PASSWORD


class Browser:
    """Gets and posts pages of one host."""

    def __init__(self, host: str, session_key: str | None = None) -> None:
        self.client = Client(headers={"host": host})
        if session_key:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = session_key

    def get(self, path: str, **query: str) -> HttpResponse:
        return self.client.get(path, query)  # type: ignore[return-value]

    def post(self, path: str, **form: Any) -> HttpResponse:
        return self.client.post(path, form)  # type: ignore[return-value]


@pytest.fixture
def browser(acme: TenantRef, globex: TenantRef) -> Callable[..., Browser]:
    """`browser("manager")` is signed in at acme; `browser("root", None)` at the platform's host."""

    def open_as(role: str, tenant: str | None = "acme") -> Browser:
        request = HttpRequest()
        request.META |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "acme.localhost"}
        request.session = SessionStore()
        ref = tenancy.directory().by_slug(tenant) if tenant else None
        if ref is None:
            sign_in_page(request, email=f"{role}@parking.example", password=PASSWORD)
        else:
            with tenancy.enter(ref):
                sign_in_page(request, email=f"{role}@{tenant}.example", password=PASSWORD)
        request.session.save()
        return Browser(f"{tenant}.localhost" if tenant else "localhost", request.session.session_key)

    return open_as
