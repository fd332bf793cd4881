"""POST auth/login: who gets in, where to, and what the others are told."""

from uuid import uuid4

import pytest
from django.test import override_settings

from apps.auth.models import Membership, SignInSession, User
from apps.auth.security.rules import DEFAULTS
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, CountingHasher, at_host, login

pytestmark = pytest.mark.django_db


def test_a_member_signs_in_at_the_tenants_host(acme: TenantRef) -> None:
    answer = login("Manager@Acme.example", host="acme.localhost")

    assert answer.status == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json["tokenType"] == "Bearer"
    assert answer.json["expiresIn"] == 900
    assert answer.json["user"]["email"] == "manager@acme.example"
    assert answer.json["tenant"] == {
        "id": str(acme.id),
        "slug": "acme",
        "name": "Acme",
        "currency": "INR",
        "timezone": "Asia/Kolkata",
    }
    assert answer.json["role"] == "manager"
    assert [(one["tenant"]["slug"], one["role"]) for one in answer.json["memberships"]] == [("acme", "manager")]
    assert at_host("acme.localhost", answer.json["accessToken"]).get("auth/me").json["role"] == "manager"


def test_on_the_platforms_host_the_body_names_the_tenant(acme: TenantRef) -> None:
    answer = login("operator@acme.example", host="localhost", tenant="acme")

    assert answer.json["tenant"]["slug"] == "acme"
    assert at_host("localhost", answer.json["accessToken"]).get("auth/me").json["tenant"]["slug"] == "acme"


def test_the_only_membership_is_taken_without_a_name(acme: TenantRef) -> None:
    assert login("operator@acme.example", host="localhost").json["tenant"]["slug"] == "acme"


def test_of_several_the_first_by_name_is_taken_and_all_are_listed(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.public():
        user = User.objects.get(email="viewer@globex.example")
        Membership.objects.create(user=user, tenant_id=acme.id, role="auditor")

    answer = login("viewer@globex.example", host="localhost")

    assert (answer.json["tenant"]["slug"], answer.json["role"]) == ("acme", "auditor")
    assert [one["tenant"]["slug"] for one in answer.json["memberships"]] == ["acme", "globex"]


def test_another_tenants_member_is_told_so_and_gets_nothing(acme: TenantRef) -> None:
    answer = login("owner@globex.example", host="acme.localhost")

    assert (answer.status, answer.code) == (403, "not_a_member")
    assert _sessions("owner@globex.example") == 0


def test_a_tenant_that_is_not_there_is_told_like_one_that_is_not_yours(acme: TenantRef) -> None:
    there = login("owner@acme.example", host="localhost", tenant="globex")
    nowhere = login("owner@acme.example", host="localhost", tenant="nowhere")

    assert (there.status, there.code) == (nowhere.status, nowhere.code) == (403, "not_a_member")


def test_body_and_host_must_name_the_same_tenant(acme: TenantRef) -> None:
    answer = login("owner@acme.example", host="acme.localhost", tenant="globex")

    assert (answer.status, answer.code) == (403, "tenant_mismatch")
    assert _sessions("owner@acme.example") == 0


def test_a_member_of_no_tenant_is_refused(acme: TenantRef) -> None:
    with tenancy.public():
        User.objects.create_user("nobody@elsewhere.example", PASSWORD)

    answer = login("nobody@elsewhere.example", host="localhost")

    assert (answer.status, answer.code) == (403, "not_a_member")


def test_a_platform_administrator_signs_in_to_no_tenant(acme: TenantRef) -> None:
    answer = login("root@parking.example", host="localhost")

    assert answer.status == 200
    assert (answer.json["tenant"], answer.json["role"], answer.json["memberships"]) == (None, None, [])
    assert answer.json["user"]["isPlatformAdmin"] is True
    assert login("root@parking.example", host="acme.localhost").code == "not_a_member"


def test_wrong_password_unknown_user_and_deactivated_user_are_told_alike(acme: TenantRef) -> None:
    with tenancy.public():
        User.objects.filter(email="viewer@acme.example").update(is_active=False)

    refusals = [
        login("owner@acme.example", "wrong-password", host="acme.localhost"),
        login(f"{uuid4().hex}@acme.example", "wrong-password", host="acme.localhost"),
        login("viewer@acme.example", PASSWORD, host="acme.localhost"),
    ]

    assert {_told(refusal) for refusal in refusals} == {(401, "invalid_credentials", refusals[0].json["detail"])}


@override_settings(PASSWORD_HASHERS=["tests.identity.people.CountingHasher"])
def test_an_unknown_user_costs_as_much_hashing_as_a_wrong_password(acme: TenantRef) -> None:
    with tenancy.public():
        User.objects.create_user("slow@acme.example", PASSWORD)
    costs = []
    for email in ("slow@acme.example", f"{uuid4().hex}@acme.example"):
        CountingHasher.hashed = 0
        login(email, "wrong-password", host="acme.localhost")
        costs.append(CountingHasher.hashed)

    assert costs == [1, 1]


@pytest.fixture
def own_address() -> str:
    """An address of this test alone: attempts are counted in Redis, which no rollback touches."""
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"


def test_after_ten_failures_even_the_right_password_has_to_wait(acme: TenantRef, own_address: str) -> None:
    for _ in range(DEFAULTS.max_login_attempts):
        assert _try("wrong-password", own_address).code == "invalid_credentials"

    refused = _try(PASSWORD, own_address)

    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert 0 < int(refused["Retry-After"]) <= 60 * DEFAULTS.lockout_minutes
    assert _try(PASSWORD, own_address.replace("::7", "::8")).status == 429, "the same customer's /64"
    assert _sessions("operator@acme.example") == 0


def test_another_address_and_another_account_are_not_locked_out(acme: TenantRef, own_address: str) -> None:
    for _ in range(DEFAULTS.max_login_attempts + 1):
        _try("wrong-password", own_address)

    assert _try(PASSWORD, "203.0.113.9").status == 200
    assert login("manager@acme.example", host="acme.localhost", address=own_address).status == 200


def test_the_right_password_starts_the_count_anew(acme: TenantRef, own_address: str) -> None:
    for _ in range(2):
        for _ in range(DEFAULTS.max_login_attempts - 1):
            assert _try("wrong-password", own_address).status == 401
        assert _try(PASSWORD, own_address).status == 200


def test_without_redis_people_still_get_in(acme: TenantRef, own_address: str, redis_away: None) -> None:
    for _ in range(DEFAULTS.max_login_attempts + 1):
        assert _try("wrong-password", own_address).status == 401

    answer = _try(PASSWORD, own_address)

    assert answer.status == 200
    assert at_host("acme.localhost", answer.json["accessToken"]).get("auth/me").status == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"email": ', 400, None),
        ({"email": "owner@acme.example"}, 422, "password"),
        ({"email": "owner@acme.example", "password": PASSWORD, "admin": True}, 422, "admin"),
        ({"email": "owner@acme.example", "password": ""}, 422, "password"),
        ({"email": "owner@acme.example", "password": "x" * 1001}, 422, "password"),
        ({"email": "owner@acme.example", "password": 7}, 422, "password"),
        ({"email": "owner\x00@acme.example", "password": PASSWORD}, 422, None),
    ],
)
def test_bad_bodies(acme: TenantRef, body: object, status: int, field: str | None) -> None:
    answer = Api("acme.localhost").post("auth/login", body)

    assert answer.status == status
    assert answer["Content-Type"] == "application/problem+json"
    if field:
        assert [error["field"] for error in answer.json["errors"]] == [field]


def test_an_answer_with_tokens_is_never_kept_for_a_repeat(acme: TenantRef) -> None:
    body = {"email": "owner@acme.example", "password": PASSWORD}
    answers = [Api("acme.localhost").post("auth/login", body, {"idempotency-key": "same"}) for _ in range(2)]

    assert answers[0].json["refreshToken"] != answers[1].json["refreshToken"]


def _try(password: str, address: str) -> Reply:
    return login("operator@acme.example", password, host="acme.localhost", address=address)


def _told(refusal: Reply) -> tuple[int, str | None, str]:
    return refusal.status, refusal.code, refusal.json["detail"]


def _sessions(email: str) -> int:
    with tenancy.public():
        return SignInSession.objects.filter(user__email=email).count()
