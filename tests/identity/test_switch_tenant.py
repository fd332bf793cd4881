"""POST auth/switch-tenant: another of one's tenants without the password."""

import pytest

from apps.auth.models import Membership, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_both(acme: TenantRef, globex: TenantRef) -> str:
    """The e-mail address of a manager of acme who is an auditor of globex."""
    with tenancy.public():
        user = User.objects.get(email="manager@acme.example")
        Membership.objects.create(user=user, tenant_id=globex.id, role="auditor")
    return user.email


def test_a_member_moves_over(in_both: str) -> None:
    before = login(in_both, host="acme.localhost").json

    moved = at_host("acme.localhost", before["accessToken"]).post("auth/switch-tenant", {"tenant": "globex"})

    assert moved.status == 200
    assert (moved.json["tenant"]["slug"], moved.json["role"]) == ("globex", "auditor")
    assert at_host("globex.localhost", moved.json["accessToken"]).get("auth/me").json["role"] == "auditor"
    assert at_host("acme.localhost", moved.json["accessToken"]).get("auth/me").code == "tenant_mismatch"


def test_the_sign_in_left_behind_is_over(in_both: str) -> None:
    before = login(in_both, host="acme.localhost").json
    at_host("acme.localhost", before["accessToken"]).post("auth/switch-tenant", {"tenant": "globex"})

    assert at_host("acme.localhost", before["accessToken"]).get("auth/me").status == 401
    assert Api("acme.localhost").post("auth/refresh", {"refreshToken": before["refreshToken"]}).status == 401


@pytest.mark.parametrize("tenant", ["globex", "nowhere"])
def test_a_stranger_stays_where_he_is(acme: TenantRef, globex: TenantRef, tenant: str) -> None:
    api = at_host("acme.localhost", login("owner@acme.example", host="acme.localhost").json["accessToken"])

    refused = api.post("auth/switch-tenant", {"tenant": tenant})

    assert (refused.status, refused.code) == (403, "not_a_member")
    assert api.get("auth/me").status == 200


def test_a_platform_administrator_does_not_get_into_a_tenant(acme: TenantRef) -> None:
    api = at_host("localhost", login("root@parking.example", host="localhost").json["accessToken"])

    assert api.post("auth/switch-tenant", {"tenant": "acme"}).code == "not_a_member"


def test_it_takes_a_token(acme: TenantRef) -> None:
    assert Api("acme.localhost").post("auth/switch-tenant", {"tenant": "acme"}).status == 401
