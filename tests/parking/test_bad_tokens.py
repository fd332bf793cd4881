"""Requests by nobody: without a token, or with one that is spent, expired, forged, ended or of the wrong kind."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from rest_framework_simplejwt.tokens import AccessToken

from apps.core import clock
from apps.core.redis_client import client
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import entry_body

PASSWORD = "parking-demo"


def part(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def altered(token: str, **claims: object) -> str:
    """The token with other claims under its old signature."""
    head, body, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part(known | claims)}.{signature}"


def unsigned(token: str) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."


def signed_with(token: str, key: str) -> str:
    import jwt

    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="HS256")


FORGED: dict[str, Callable[[str], str]] = {
    "no token at all": lambda token: "",
    "no JWT": lambda token: "let-me-in",
    "half of it": lambda token: token[: len(token) // 2],
    "another role": lambda token: altered(token, role="owner"),
    "another tenant": lambda token: altered(token, tid="00000000-0000-0000-0000-000000000001"),
    "a later end": lambda token: altered(token, exp=4_000_000_000),
    "no signature": unsigned,
    "another key": lambda token: signed_with(token, "x" * 50),
    "claims missing": lambda token: str(AccessToken()),
    "ten thousand characters": lambda token: token + "x" * 10_000,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_nobodys(gate: Api, yard: UUID, forge: Callable[[str], str]) -> None:
    assert gate.token is not None
    assert gate.get("auth/me").status == 200
    gate.token = None
    forged = {"authorization": f"Bearer {forge(Api.signed_in('operator@acme.example', 'acme').token or '')}"}
    with nothing_written():
        refused = gate.post("parking/entries", entry_body(yard), headers=forged)
        assert_problem(refused, 401, "invalid_token")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_another_scheme_is_refused(gate: Api, yard: UUID) -> None:
    token, gate.token = gate.token, None
    for scheme in ("Basic b3duZXI6eA==", f"Token {token}", f"{token}", "Bearer"):
        assert_problem(gate.get("parking/entries", headers={"authorization": scheme}), 401, "invalid_token")


def test_nobody_may_do_nothing(yard: UUID) -> None:
    nobody = Api("acme.localhost")
    with nothing_written():
        assert_problem(nobody.post("parking/entries", entry_body(yard)), 401, "not_authenticated")
        assert_problem(nobody.get("parking/entries"), 401, "not_authenticated")


def test_an_expired_token_is_refused_though_it_was_read_before(gate: Api, yard: UUID) -> None:
    assert gate.get("auth/me").status == 200
    later = clock.now() + settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"] + timedelta(seconds=1)
    with nothing_written(), time_machine.travel(later, tick=False):
        assert_problem(gate.post("parking/entries", entry_body(yard)), 401, "invalid_token")


def test_a_spent_refresh_token_ends_the_sign_in_for_the_gate_too(yard: UUID) -> None:
    gate = Api("acme.localhost")
    first = gate.post("auth/login", {"email": "operator@acme.example", "password": PASSWORD}).json
    second = gate.post("auth/refresh", {"refreshToken": first["refreshToken"]}).json
    gate.token = second["accessToken"]
    assert gate.post("parking/entries", entry_body(yard, "MH 1")).status == 201
    assert gate.post("auth/refresh", {"refreshToken": first["refreshToken"]}).status == 401
    with nothing_written():
        assert_problem(gate.post("parking/entries", entry_body(yard, "MH 2")), 401, "invalid_token")


def test_a_refresh_token_opens_no_gate(yard: UUID) -> None:
    gate = Api("acme.localhost")
    pair = gate.post("auth/login", {"email": "operator@acme.example", "password": PASSWORD}).json
    gate.token = pair["refreshToken"]
    with nothing_written():
        assert_problem(gate.post("parking/entries", entry_body(yard)), 401, "invalid_token")


def test_after_the_sign_out_the_token_is_refused_at_once_even_if_redis_forgets(yard: UUID) -> None:
    gate = Api("acme.localhost")
    pair = gate.post("auth/login", {"email": "operator@acme.example", "password": PASSWORD}).json
    gate.token = pair["accessToken"]
    assert gate.get("auth/me").status == 200
    assert gate.post("auth/logout", {"refreshToken": pair["refreshToken"]}).status == 204
    with nothing_written():
        assert_problem(gate.post("parking/entries", entry_body(yard)), 401, "invalid_token")
        client().flushdb()
        assert_problem(gate.post("parking/entries", entry_body(yard)), 401, "invalid_token")
