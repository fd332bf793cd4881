"""Every kind of answer carries the security headers, and no page of ours needs anything inline."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from apps.core.tenancy import TenantRef
from config.urls import handler404 as handler404
from config.urls import handler500 as handler500
from config.urls import urlpatterns as ours
from tests.admin.conftest import Browser
from tests.admin.conftest import browser as browser
from tests.factories.api import Api

pytestmark = pytest.mark.django_db


def broken(request: object) -> HttpResponse:
    raise RuntimeError("a bug of ours")


urlpatterns = [path("broken", broken), path("api/broken", broken), *ours]

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ANSWERS = {
    "sign-in": ("/sign-in/", 200),
    "redirect": ("/", 302),
    "page not found": ("/nowhere", 404),
    "API": ("/api/v1/auth/me", 401),
    "API not found": ("/api/nowhere", 404),
    "schema": ("/api/schema/", 200),
    "docs": ("/api/docs/", 200),
    "script of the docs": ("/api/docs/?script=", 200),
    "admin": ("/admin/", 302),
    "static": ("/static/pages/css/base.css", 200),
    "static not found": ("/static/nothing.css", 404),
    "keys": ("/.well-known/jwks.json", 200),
    "health": ("/health", 200),
    "page broken": ("/broken", 500),
    "API broken": ("/api/broken", 500),
}


def answer(path: str, host: str = "acme.localhost", **headers: str) -> Any:
    client = Client(headers={"host": host, **headers}, raise_request_exception=False)
    return client.get(path)


def assert_hardened(reply: Any) -> None:
    for name, value in ALWAYS.items():
        assert reply.headers.get(name) == value, (name, reply.headers)
    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert not re.search(r"script-src[^;]*'unsafe-inline'", policy)
    assert "camera=()" in reply["Permissions-Policy"]
    assert reply["Cross-Origin-Opener-Policy"] in ("same-origin", "unsafe-none")


@pytest.mark.urls("tests.security.test_headers")
@pytest.mark.parametrize("kind", ANSWERS)
def test_each_kind_of_answer(acme: TenantRef, kind: str) -> None:
    path, status = ANSWERS[kind]
    reply = answer(path, accept={"API": "application/json", "sch": "*/*"}.get(kind[:3], "text/html"))

    assert reply.status_code == status
    assert_hardened(reply)


@pytest.mark.parametrize("host", ["nobody.localhost", "bad_host!", "localhost"])
def test_each_kind_of_host(acme: TenantRef, host: str) -> None:
    assert_hardened(answer("/sign-in/", host))


@pytest.mark.parametrize("path", ["/", "/gate/", "/admin/", "/admin/parking/location/", "/api/docs/", "/nowhere"])
def test_no_page_has_a_script_or_an_event_handler_in_it(browser: Any, path: str) -> None:
    reply = browser("owner").get(path)
    page = reply.content.decode()

    assert_hardened(reply)
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page) == []
    assert re.findall(r"<[^>]+\son[a-z]+=", page) == []
    if "/admin/" not in path and "/docs" not in path:
        assert "unsafe" not in reply["Content-Security-Policy"]
        assert re.findall(r"<style|\sstyle=", page) == []


def test_what_the_api_answers_is_not_kept(acme: TenantRef) -> None:
    assert Api.signed_in("owner@acme.example", "acme").get("auth/me")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["nobody.localhost", "acme.localhost.attacker.example", "acme_localhost"])
def test_an_unknown_host_gets_nothing(acme: TenantRef, host: str) -> None:
    reply = answer("/api/v1/auth/me", host, accept="application/json")

    assert reply.status_code in (400, 404)
    assert reply.json()["code"] in ("unknown_host", "unreadable")


@override_settings(ALLOWED_HOSTS=[".localhost"])
def test_a_host_outside_of_allowed_hosts_is_refused(acme: TenantRef) -> None:
    assert answer("/sign-in/", "acme.attacker.example").status_code == 400


def test_a_host_in_another_header_is_not_believed(acme: TenantRef, globex: TenantRef) -> None:
    api = Api.signed_in("owner@acme.example", "acme")

    mine = api.get("auth/me", headers={"x-forwarded-host": "globex.localhost", "forwarded": "host=globex.localhost"})

    assert mine.status == 200


def test_a_browsers_own_page_of_the_tenant(browser: Any) -> None:
    session: Browser = browser("owner")

    assert session.get("/").status_code == 200
    assert "connect-src 'self'" in session.get("/")["Content-Security-Policy"]
