"""POST auth/refresh: a new pair for an old one, once."""

from datetime import timedelta

import pytest
import time_machine

from apps.auth.models import Membership, SignInSession, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"


def refresh(refresh_token: str, host: str = HOST) -> Reply:
    return Api(host).post("auth/refresh", {"refreshToken": refresh_token})


def works(access_token: str, host: str = HOST) -> bool:
    return at_host(host, access_token).get("auth/me").status == 200


def test_a_pair_is_exchanged_for_a_new_one(acme: TenantRef) -> None:
    first = login("operator@acme.example", host=HOST).json

    second = refresh(first["refreshToken"])

    assert second.status == 200
    assert second["Cache-Control"] == "no-store"
    assert set(second.json) == {"accessToken", "refreshToken", "tokenType", "expiresIn"}
    assert works(second.json["accessToken"])
    assert works(first["accessToken"]), "the same sign-in goes on"
    assert refresh(second.json["refreshToken"]).status == 200


def test_a_spent_token_ends_the_sign_in_for_everyone_who_holds_it(acme: TenantRef) -> None:
    first = login("operator@acme.example", host=HOST).json
    second = refresh(first["refreshToken"]).json
    assert works(second["accessToken"])

    reused = refresh(first["refreshToken"])

    assert (reused.status, reused.code) == (401, "refresh_token_reused")
    assert refresh(second["refreshToken"]).code == "invalid_token"
    assert not works(first["accessToken"])
    assert not works(second["accessToken"])


def test_another_sign_in_of_the_same_person_goes_on(acme: TenantRef) -> None:
    stolen = login("operator@acme.example", host=HOST).json
    other = login("operator@acme.example", host=HOST).json
    refresh(stolen["refreshToken"])
    refresh(stolen["refreshToken"])

    assert works(other["accessToken"])
    assert refresh(other["refreshToken"]).status == 200


def test_at_another_tenants_host_nothing_is_spent(acme: TenantRef, globex: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    refused = refresh(pair["refreshToken"], host="globex.localhost")

    assert (refused.status, refused.code) == (403, "tenant_mismatch")
    assert refresh(pair["refreshToken"]).status == 200


def test_the_platforms_host_serves_every_tenant(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    assert works(refresh(pair["refreshToken"], host="localhost").json["accessToken"], host="localhost")


@pytest.mark.parametrize("token", ["", "x" * 4001, "not-a-token", "a.b.c"])
def test_what_is_no_token(acme: TenantRef, token: str) -> None:
    assert refresh(token).status in (401, 422)


def test_an_access_token_does_not_refresh(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    assert refresh(pair["accessToken"]).code == "invalid_token"


def test_a_refresh_token_opens_nothing(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    assert not works(pair["refreshToken"])


def test_tokens_run_out(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json
    start = clock.now()

    with time_machine.travel(start + timedelta(minutes=14), tick=False):
        assert works(pair["accessToken"])
    with time_machine.travel(start + timedelta(minutes=16), tick=False):
        assert at_host(HOST, pair["accessToken"]).get("auth/me").code == "invalid_token"
    with time_machine.travel(start + timedelta(days=15), tick=False):
        assert refresh(pair["refreshToken"]).code == "invalid_token"


def test_the_new_pair_has_the_role_of_now(acme: TenantRef) -> None:
    pair = login("viewer@acme.example", host=HOST).json
    with tenancy.public():
        Membership.objects.filter(user__email="viewer@acme.example").update(role="auditor")

    renewed = refresh(pair["refreshToken"]).json

    assert at_host(HOST, renewed["accessToken"]).get("auth/me").json["role"] == "auditor"


def test_who_is_no_member_any_more_gets_none(acme: TenantRef) -> None:
    pair = login("viewer@acme.example", host=HOST).json
    with tenancy.public():
        Membership.objects.filter(user__email="viewer@acme.example").delete()

    assert refresh(pair["refreshToken"]).code == "not_a_member"
    assert not works(pair["accessToken"])


def test_who_is_deactivated_gets_none(acme: TenantRef) -> None:
    pair = login("viewer@acme.example", host=HOST).json
    with tenancy.public():
        User.objects.filter(email="viewer@acme.example").update(is_active=False)

    assert refresh(pair["refreshToken"]).code == "invalid_token"
    with tenancy.public():
        assert SignInSession.objects.get(user__email="viewer@acme.example").ended_why == "user deactivated"
