"""TLS, cookies, other origins and the size of a body."""

import asyncio
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client, override_settings

from apps.core.tenancy import TenantRef
from config.asgi import application
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

BEHIND_A_PROXY = override_settings(
    SECURE_SSL_REDIRECT=True,
    SECURE_HSTS_SECONDS=60,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    TRUSTED_PROXIES=["10.0.0.0/8"],
)
KIB = 1024


@pytest.mark.django_db
@BEHIND_A_PROXY
@pytest.mark.parametrize(
    ("peer", "told", "status"),
    [
        ("10.1.2.3", "https", 200),
        ("10.1.2.3", "http", 301),
        ("10.1.2.3", "https, http", 301),
        ("203.0.113.9", "https", 301),
        ("", "https", 301),
    ],
)
def test_only_our_proxies_say_that_a_request_came_over_tls(acme: TenantRef, peer: str, told: str, status: int) -> None:
    client = Client(headers={"host": "acme.localhost", "x-forwarded-proto": told}, REMOTE_ADDR=peer)

    reply = client.get("/sign-in/")

    assert reply.status_code == status
    assert ("Strict-Transport-Security" in reply) == (status == 200)


@pytest.mark.django_db
def test_the_cookies_are_out_of_reach(acme: TenantRef) -> None:
    client = Client(headers={"host": "acme.localhost"}, enforce_csrf_checks=True)
    client.get("/sign-in/")
    form = {
        "email": "owner@acme.example",
        "password": "parking-demo",
        "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
    }

    assert client.post("/sign-in/", form).status_code == 302
    session, csrf = client.cookies["parking_session"], client.cookies["csrftoken"]
    assert session["httponly"] is True
    assert session["samesite"] == csrf["samesite"] == "Lax"
    assert session["domain"] == csrf["domain"] == ""
    assert session["path"] == csrf["path"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/sign-out/", "/admin/logout/"])
def test_a_form_without_its_token_is_refused(acme: TenantRef, path: str) -> None:
    client = Client(headers={"host": "acme.localhost"}, enforce_csrf_checks=True)

    with nothing_written():
        reply = client.post(path, {"email": "owner@acme.example", "password": "parking-demo"})

    assert reply.status_code == 403
    assert "parking_session" not in client.cookies


ASKED = {"origin": "https://app.example", "access-control-request-method": "POST"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/api/v1/parking/entries", "https://app.example", True),
        ("/api/v1/parking/entries", "https://app.example.attacker.example", False),
        ("/api/v1/parking/entries", "http://app.example", False),
        ("/api/v1/parking/entries", "null", False),
        ("/sign-in/", "https://app.example", False),
        ("/admin/", "https://app.example", False),
    ],
)
@override_settings(CORS_ALLOWED_ORIGINS=["https://app.example"])
def test_other_origins_use_the_api_by_the_list(acme: TenantRef, path: str, origin: str, allowed: bool) -> None:
    for method in ("options", "get"):
        reply: Any = getattr(Client(headers={"host": "acme.localhost", **ASKED, "origin": origin}), method)(path)
        assert reply.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Access-Control-Allow-Credentials" not in reply


@pytest.mark.django_db
def test_without_a_list_no_other_origin_is_answered(acme: TenantRef) -> None:
    reply = Client(headers={"host": "acme.localhost", **ASKED}).options("/api/v1/parking/entries")

    assert "Access-Control-Allow-Origin" not in reply


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/parking/locations", "/sign-in/", "/nowhere"])
def test_a_body_that_is_declared_too_large_is_not_read(acme: TenantRef, path: str) -> None:
    api = Api.signed_in("owner@acme.example", "acme")

    with nothing_written():
        assert_problem(api.post(path, b"x" * (KIB * KIB + 1)), 413, "too_large")


@pytest.mark.django_db
def test_a_file_in_a_form_counts(acme: TenantRef, tmp_path: Any) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * (KIB * KIB))
    with large.open("rb") as file:
        reply = Client(headers={"host": "acme.localhost"}).post("/sign-in/", {"file": file})

    assert reply.status_code == 413


def test_chunks_without_a_length_are_read_no_further_than_the_limit() -> None:
    async def scenario() -> tuple[int, dict[bytes, bytes], int]:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/auth/login",
            "query_string": b"",
            "headers": [(b"host", b"acme.localhost"), (b"x-correlation-id", b"too-large-1")],
            "client": ("127.0.0.1", 1),
        }
        server = ApplicationCommunicator(application, scope)
        for _ in range(40):
            await server.send_input({"type": "http.request", "body": b"x" * 64 * KIB, "more_body": True})
        reply = await server.receive_output(timeout=20)
        await server.wait(timeout=20)
        return int(reply["status"]), dict(reply["headers"]), server.input_queue.qsize()

    status, headers, unread = asyncio.run(scenario())

    assert status == 413
    assert headers[b"x-correlation-id"] == b"too-large-1"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"cache-control"] == b"no-store"
    assert unread == 40 - 17, "16 chunks are a MiB, and with the next it is too much"


@pytest.mark.django_db
def test_deep_json_is_refused_and_kills_nothing(acme: TenantRef) -> None:
    api = Api.signed_in("owner@acme.example", "acme")
    deep = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    with nothing_written():
        assert api.post("parking/locations", deep).status in (400, 422)
