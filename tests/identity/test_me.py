"""GET auth/me and auth/permissions/check."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from apps.auth.models import User
from apps.auth.roles import ACTIONS, RESOURCES, Role, may
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db


def user_id(email: str) -> UUID:
    with tenancy.public():
        return User.objects.get(email=email).id


def test_me(api: Callable[..., Api]) -> None:
    answer = api("operator").get("auth/me").json

    assert answer["user"]["email"] == "operator@acme.example"
    assert answer["tenant"]["slug"] == "acme"
    assert answer["role"] == "operator"
    assert {"resource": "exits", "actions": ["read", "write"]} in answer["permissions"]
    assert "members" not in {permission["resource"] for permission in answer["permissions"]}
    assert [one["role"] for one in answer["memberships"]] == ["operator"]


def test_me_of_a_platform_administrator(acme: TenantRef) -> None:
    token = login("root@parking.example", host="localhost").json["accessToken"]

    answer = at_host("localhost", token).get("auth/me").json

    assert (answer["tenant"], answer["role"], answer["permissions"]) == (None, None, [])
    assert at_host("acme.localhost", token).get("auth/me").code == "tenant_mismatch"


def test_nobody_has_no_me(acme: TenantRef) -> None:
    answer = Api("acme.localhost").get("auth/me")

    assert (answer.status, answer.code) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", list(Role))
def test_the_answer_is_the_permission_table(api: Callable[..., Api], role: Role) -> None:
    client = api(role)
    for resource in (*RESOURCES, "tenants"):
        for action in (*ACTIONS, "delete"):
            answer = client.get("auth/permissions/check", resource=resource, action=action)
            assert answer.json == {"allowed": may(role, resource, action)}


def test_who_may_read_members_may_ask_about_them(api: Callable[..., Api]) -> None:
    query = {"resource": "entries", "action": "write", "userId": user_id("operator@acme.example")}

    assert api("auditor").get("auth/permissions/check", **query).json == {"allowed": True}
    assert api("viewer").get("auth/permissions/check", **query).code == "not_permitted"
    assert api("operator").get("auth/permissions/check", **query).json == {"allowed": True}, "about oneself"


def test_another_tenants_user_is_told_like_nobody(api: Callable[..., Api], globex: TenantRef) -> None:
    for stranger in (user_id("owner@globex.example"), uuid4()):
        query = {"resource": "entries", "action": "read", "userId": stranger}
        assert api("owner").get("auth/permissions/check", **query).json == {"allowed": False}


def test_missing_and_malformed_questions(api: Callable[..., Api]) -> None:
    client = api("owner")

    assert client.get("auth/permissions/check").status == 422
    assert client.get("auth/permissions/check", resource="entries", action="read", userId="me").status == 422
