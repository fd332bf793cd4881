"""Changing what people are: their tokens stop with the next request."""

import pytest

from apps.auth.commands import members
from apps.auth.models import Membership, User
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import Invalid, NotFound
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db


def membership_of(email: str) -> Membership:
    with tenancy.public():
        return Membership.objects.select_related("user").get(user__email=email)


def signed_in(email: str) -> tuple[Api, str]:
    pair = login(email, host="acme.localhost").json
    api = at_host("acme.localhost", pair["accessToken"])
    assert api.get("auth/me").status == 200
    return api, pair["refreshToken"]


def test_a_change_of_role_ends_the_sign_ins_of_that_tenant(acme: TenantRef, globex: TenantRef) -> None:
    member = membership_of("manager@acme.example")
    members.add_member(user_id=member.user_id, tenant_id=globex.id, role="viewer", actor=SYSTEM)
    here, refresh_token = signed_in("manager@acme.example")
    token = login("manager@acme.example", host="globex.localhost").json["accessToken"]

    members.change_role(membership_id=member.id, role="operator", actor=SYSTEM, at=clock.now())

    assert here.get("auth/me").status == 401
    assert Api("acme.localhost").post("auth/refresh", {"refreshToken": refresh_token}).status == 401
    assert at_host("globex.localhost", token).get("auth/me").status == 200
    assert login("manager@acme.example", host="acme.localhost").json["role"] == "operator"


def test_the_same_role_again_ends_nothing(acme: TenantRef) -> None:
    here, _ = signed_in("manager@acme.example")

    members.change_role(
        membership_id=membership_of("manager@acme.example").id, role="manager", actor=SYSTEM, at=clock.now()
    )

    assert here.get("auth/me").status == 200


def test_a_removed_member_is_out(acme: TenantRef) -> None:
    here, _ = signed_in("viewer@acme.example")

    members.remove_member(membership_id=membership_of("viewer@acme.example").id, actor=SYSTEM, at=clock.now())

    assert here.get("auth/me").status == 401
    assert login("viewer@acme.example", host="acme.localhost").code == "not_a_member"


def test_a_deactivated_user_is_out_until_reactivated(acme: TenantRef) -> None:
    here, _ = signed_in("viewer@acme.example")
    user = membership_of("viewer@acme.example").user

    members.deactivate_user(user_id=user.id, at=clock.now())

    assert here.get("auth/me").status == 401
    assert login("viewer@acme.example", host="acme.localhost").code == "invalid_credentials"
    members.reactivate_user(user_id=user.id)
    assert login("viewer@acme.example", host="acme.localhost").status == 200
    assert here.get("auth/me").status == 401, "the old sign-in stays ended"


def test_the_last_owner_stays(acme: TenantRef) -> None:
    owner = membership_of("owner@acme.example")

    with pytest.raises(members.LastOwner):
        members.change_role(membership_id=owner.id, role="admin", actor=SYSTEM, at=clock.now())
    with pytest.raises(members.LastOwner):
        members.remove_member(membership_id=owner.id, actor=SYSTEM, at=clock.now())
    assert membership_of("owner@acme.example").role == "owner"

    second = membership_of("manager@acme.example")
    members.change_role(membership_id=second.id, role="owner", actor=SYSTEM, at=clock.now())
    members.change_role(membership_id=owner.id, role="admin", actor=SYSTEM, at=clock.now())
    assert membership_of("owner@acme.example").role == "admin"


def test_what_cannot_be(acme: TenantRef) -> None:
    member = membership_of("viewer@acme.example")

    with pytest.raises(members.AlreadyAMember):
        members.add_member(user_id=member.user_id, tenant_id=acme.id, role="admin", actor=SYSTEM)
    with pytest.raises(Invalid):
        members.change_role(membership_id=member.id, role="emperor", actor=SYSTEM, at=clock.now())
    with pytest.raises(NotFound):
        members.change_role(membership_id=acme.id, role="admin", actor=SYSTEM, at=clock.now())
    with pytest.raises(NotFound):
        members.deactivate_user(user_id=acme.id, at=clock.now())
    with tenancy.public():
        assert not User.objects.filter(is_active=False).exists()
