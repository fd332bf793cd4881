"""The platform's people act for a tenant only visibly: with a reason, for a while, and within bounds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.auth.models import SupportSession, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.admin.conftest import Browser, browser
from tests.audit.test_trail import platform_client
from tests.audit.trail import platform_trail, trail
from tests.factories.api import Api
from tests.identity.phones import enrolled, require_mfa
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
__all__ = ["browser"]
WHY = {"tenant": "acme", "reason": "ticket 4711: rates do not apply", "minutes": 20}


def helped(tenant: str = "acme", **other: Any) -> tuple[Api, dict[str, Any]]:
    begun = platform_client().post("auth/support-sessions", WHY | {"tenant": tenant} | other)
    assert begun.status == 201, begun
    return Api(f"{tenant}.localhost", begun.json["accessToken"]), begun.json


def test_what_support_does_names_person_reason_and_session(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    support, begun = helped()
    assert (begun["expiresIn"], "refreshToken" in begun) == (1200, False)
    assert support.post("parking/locations", {"name": "North yard", "capacity": 5}).status == 201

    session = begun["session"]["id"]
    with tenancy.public():
        root = User.objects.get(email="root@parking.example")
    for action in ("OccupancyChanged", "location.added"):
        (told,) = trail(acme, action=action)
        assert (str(told.support_id), told.actor_id) == (session, root.id)
        assert told.actor_name == "support: root@parking.example (ticket 4711: rates do not apply)"
    (seen,) = trail(acme, action="support.begun")
    assert seen.after == {"minutes": 20, "reason": WHY["reason"]}
    assert platform_trail("support.begun")[0]["after"]["tenant"] == "acme"
    assert trail(globex) == []


def test_it_is_over_to_the_second_and_cannot_be_renewed(acme: TenantRef) -> None:
    support, _ = helped(minutes=1)
    assert support.get("parking/locations").status == 200
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert_problem(support.get("parking/locations"), 401, "invalid_token")
    body = {"refreshToken": support.token}
    assert_problem(Api("acme.localhost").post("auth/refresh", body), 401, "invalid_token")


def test_the_tenant_sees_it_and_ends_it(api: SignIn, acme: TenantRef) -> None:
    support, begun = helped()
    owner, session = api("owner"), begun["session"]["id"]
    (visit,) = owner.get("auth/support-visits").json["items"]
    assert (visit["id"], visit["name"], visit["reason"]) == (session, "root@parking.example", WHY["reason"])

    assert owner.delete(f"auth/support-visits/{session}").status == 204

    assert_problem(support.get("parking/locations"), 401, "invalid_token")
    assert trail(acme, action="support.ended")[0].actor_name == "Owner Of Acme"
    with nothing_written():
        assert_problem(owner.delete(f"auth/support-visits/{session}"), 404, "support_session_not_found")


def test_another_tenant_neither_sees_nor_ends_it(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    support, begun = helped()
    stranger = api("owner", "globex")
    assert stranger.get("auth/support-visits").json["items"] == []
    with nothing_written():
        path = f"auth/support-visits/{begun['session']['id']}"
        assert_problem(stranger.delete(path), 404, "support_session_not_found")
    assert support.get("parking/locations").status == 200
    support.host = "globex.localhost"
    assert_problem(support.get("parking/locations"), 403, "tenant_mismatch")


def test_the_platform_ends_its_own(acme: TenantRef) -> None:
    support, begun = helped()
    assert platform_client().delete(f"auth/support-sessions/{begun['session']['id']}").status == 204
    assert_problem(support.get("parking/locations"), 401, "invalid_token")


def test_one_who_is_no_platform_administrator_any_more_is_out(acme: TenantRef) -> None:
    from apps.auth.commands.ending import end_sessions

    support, _ = helped()
    with tenancy.public():
        root = User.objects.get(email="root@parking.example")
        User.objects.filter(id=root.id).update(is_platform_admin=False)
        end_sessions(user_id=root.id, why="platform role changed", at=clock.now())
    assert_problem(support.get("parking/locations"), 401, "invalid_token")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "auth/users", {"email": "x@y.example", "fullName": "X", "role": "viewer"}),
        ("POST", "auth/roles", {"name": "x", "permissions": []}),
        ("POST", "auth/api-keys", {"name": "x", "permissions": []}),
        ("PATCH", "rules/business-rules", {"security": {"maxLoginAttempts": 3}}),
        ("POST", "billing/payments", {}),
        ("POST", "parking/exits", {}),
        ("GET", "parking/personal-data?driverName=Asha", None),
        ("POST", "parking/personal-data/erasures", {}),
        ("POST", "auth/switch-tenant", {"tenant": "globex"}),
        ("POST", "auth/password", {"currentPassword": "parking-demo", "newPassword": "three blue ferries"}),
        ("POST", "auth/support-sessions", WHY),
    ],
)
def test_people_keys_rules_and_money_are_not_its_matter(
    acme: TenantRef, method: str, path: str, body: dict[str, Any] | None
) -> None:
    support, _ = helped()
    with nothing_written():
        assert_problem(support._send(method, path, body, None), 403, "not_permitted")


@pytest.mark.parametrize(
    "other", [{"reason": " "}, {"reason": ""}, {"minutes": 61}, {"minutes": 0}, {"reason": "x" * 201}]
)
def test_without_a_reason_or_for_too_long_it_is_refused(acme: TenantRef, other: dict[str, Any]) -> None:
    root = platform_client()
    with nothing_written():
        assert_problem(root.post("auth/support-sessions", WHY | other), 422, "invalid")
    with tenancy.public():
        assert not SupportSession.objects.exists()


def test_only_the_platforms_people_begin_one(api: SignIn, acme: TenantRef) -> None:
    root = platform_client()
    with nothing_written():
        assert_problem(api("owner").post("auth/support-sessions", WHY), 403, "not_permitted")
        assert_problem(Api("localhost").post("auth/support-sessions", WHY), 401, "not_authenticated")
        assert_problem(root.post("auth/support-sessions", WHY | {"tenant": "nobody"}), 404, "not_found")


def test_a_tenant_that_asks_for_a_second_factor_asks_support_too(acme: TenantRef) -> None:
    require_mfa(acme)
    root = platform_client()
    with nothing_written():
        assert_problem(root.post("auth/support-sessions", WHY), 403, "mfa_enrollment_required")
    enrolled(root)
    token = root.post("auth/support-sessions", WHY).json["accessToken"]
    assert Api("acme.localhost", token).get("parking/locations").status == 200


def test_both_admins_show_it_and_end_it_where_it_is_theirs(browser: Callable[..., Browser], acme: TenantRef) -> None:
    path, (_, mine), (_, others) = "/admin/identity/supportsession/", helped(), helped("globex")
    owner, root = browser("owner"), browser("root", None)
    assert "ticket 4711" in root.get(path).content.decode()
    shown = owner.get(path).content.decode()
    assert (mine["session"]["id"] in shown, others["session"]["id"] in shown) == (True, False)
    with nothing_written():
        owner.post(path, action="end", _selected_action=others["session"]["id"])
    owner.post(path, action="end", _selected_action=mine["session"]["id"])
    root.post(path, action="end", _selected_action=others["session"]["id"])
    with tenancy.public():
        assert not SupportSession.objects.filter(ended_at=None).exists()
