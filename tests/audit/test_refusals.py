"""Refused attempts leave a trace: once, then at ten, a hundred of a kind; and nobody floods the trail."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.core.audit.refusals import MOST_AN_HOUR
from apps.core.redis_client import client as redis
from apps.core.tenancy import TenantRef
from tests.audit.trail import platform_trail, trail
from tests.factories.api import Api

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]


def codes(tenant: TenantRef) -> list[tuple[str, int]]:
    return [(told.code, told.times) for told in trail(tenant, refused=True)]


def test_who_is_not_permitted_is_told(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    operator = api("operator")
    assert operator.post("auth/users", {}, {"User-Agent": "curl/8"}).status == 403

    (told,) = trail(acme, refused=True)
    assert (told.outcome, told.code, told.action) == ("refused", "not_permitted", "POST api/v1/auth/users")
    assert (told.actor_name, told.address, told.client) == ("Operator Of Acme", "127.0.0.1", "curl/8")
    assert told.session_id is not None
    assert codes(globex) == []


def test_the_same_a_hundred_times_is_three_rows(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    for _ in range(101):
        assert operator.get("auth/users").status == 403
    assert codes(acme) == [("not_permitted", 100), ("not_permitted", 10), ("not_permitted", 1)]


def test_no_more_than_so_many_an_hour(api: SignIn, acme: TenantRef) -> None:
    redis().set(f"{acme.schema}:refusals", MOST_AN_HOUR - 1, ex=60)
    operator = api("operator")
    for path in ("auth/users", "auth/roles", "auth/api-keys", "events?type=x"):
        assert operator.get(path).status == 403
    assert codes(acme) == [("more_not_kept", 1), ("not_permitted", 1)]


def test_a_wrong_password_is_told_without_it(acme: TenantRef) -> None:
    body = {"email": "owner@acme.example", "password": "my dog's name"}
    assert Api("acme.localhost").post("auth/login", body).status == 401
    (told,) = trail(acme, refused=True)
    assert (told.code, told.actor_id, told.address) == ("invalid_credentials", None, "127.0.0.1")
    assert "dog" not in str(told)
    assert Api("localhost").post("auth/login", body).status == 401
    assert [row["code"] for row in platform_trail("POST api/v1/auth/login")] == ["invalid_credentials"]


def test_a_wrong_password_at_our_page_is_told(acme: TenantRef) -> None:
    page = Client(headers={"host": "acme.localhost"})
    assert page.post("/sign-in/", {"email": "owner@acme.example", "password": "wrong"}).status_code == 401
    assert codes(acme) == [("invalid_credentials", 1)]


def test_a_token_at_another_tenants_host_is_told_there(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    stranger = api("owner", "globex")
    stranger.host = "acme.localhost"
    assert stranger.get("parking/entries").status == 403
    assert codes(acme) == [("tenant_mismatch", 1)]
    assert codes(globex) == []


def test_one_who_tries_ids_is_told(api: SignIn, globex: TenantRef) -> None:
    stranger = api("owner", "globex")
    assert stranger.get("parking/entries/00000000-0000-7000-8000-000000000001").status == 404
    assert codes(globex) == [("entry_not_found", 1)]


def test_a_gates_everyday_refusals_are_not(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    assert operator.post("parking/exits", {"vehicleNumber": "NOT 1"}).code == "not_parked"
    assert operator.post("parking/entries", {}).status == 422
    assert Api("acme.localhost").get("parking/entries").code == "not_authenticated"
    assert codes(acme) == []


def test_a_key_that_repeats_a_refusal_is_told_once(api: SignIn, acme: TenantRef) -> None:
    """A kept answer is no new attempt."""
    owner = api("owner")
    for _ in range(2):
        body = {"locationId": "00000000-0000-7000-8000-000000000001", "name": "Back door"}
        assert owner.post("parking/gates", body, {"Idempotency-Key": "one"}).status == 404
    assert codes(acme) == [("location_not_found", 1)]
