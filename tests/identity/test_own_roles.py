"""auth/roles: a tenant's own roles, which count from the next request on and grant nobody more than they hold."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.auth import standing
from apps.auth.models import OwnRole
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.identity.access import member, own_role, user_id
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]


def rows(**permissions: list[str]) -> list[dict[str, Any]]:
    return [{"resource": name.replace("_", "-"), "actions": actions} for name, actions in permissions.items()]


def test_made_read_changed_and_deleted(api: SignIn, acme: TenantRef) -> None:
    admin, permissions = api("admin"), rows(entries=["read", "write"], vehicle_types=["read"])

    made = admin.post("auth/roles", {"name": "shift-lead", "permissions": permissions})

    assert made.status == 201, made
    assert made.json == {
        "name": "shift-lead", "builtIn": False, "version": 1,
        "permissions": rows(vehicle_types=["read"], entries=["read", "write"]),
    }  # fmt: skip
    assert (made["ETag"], made["Location"]) == ('"1"', "/api/v1/auth/roles/shift-lead")
    changed = admin.patch("auth/roles/shift-lead", {"permissions": rows(exits=["write"])}, {"If-Match": '"1"'})
    assert (changed.json["permissions"], changed["ETag"]) == (rows(exits=["write"]), '"2"')
    assert admin.get("auth/roles/shift-lead").json == changed.json
    names = [role["name"] for role in admin.get("auth/roles").json["items"]]
    assert names == ["owner", "admin", "manager", "operator", "auditor", "viewer", "shift-lead"]
    assert admin.delete("auth/roles/shift-lead").status == 204
    assert admin.get("auth/roles/shift-lead").code == "role_not_found"


def test_a_built_in_role_is_shown_and_stays(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    shown = owner.get("auth/roles/viewer").json
    assert (shown["builtIn"], shown["version"]) == (True, None)
    assert {"resource": "occupancy", "actions": ["read"]} in shown["permissions"]
    with nothing_written():
        answer = owner.patch("auth/roles/viewer", {"permissions": rows(rates=["write"])}, {"If-Match": "*"})
        assert_problem(answer, 409, "built_in_role")
        assert_problem(owner.delete("auth/roles/viewer"), 409, "built_in_role")
        answer = owner.post("auth/roles", {"name": "admin", "permissions": rows(rates=["read"])})
        assert_problem(answer, 409, "role_exists")


def test_an_update_is_not_lost(api: SignIn, acme: TenantRef) -> None:
    owner, role = api("owner"), own_role("clerk", ("rates", "read"))
    body = {"permissions": rows(rates=["read", "write"])}
    with nothing_written():
        assert_problem(owner.patch(f"auth/roles/{role}", body), 428, "if_match_required")
        assert_problem(owner.patch(f"auth/roles/{role}", body, {"If-Match": '"7"'}), 412, "stale")


def test_a_change_counts_on_the_next_request_and_signs_nobody_out(api: SignIn, acme: TenantRef) -> None:
    clerk = member(own_role("clerk", ("rates", "read")))
    assert (clerk.get("billing/rates").status, clerk.get("parking/occupancy").status) == (200, 403)

    api("owner").patch("auth/roles/clerk", {"permissions": rows(occupancy=["read"])}, {"If-Match": '"1"'})

    assert (clerk.get("billing/rates").status, clerk.get("parking/occupancy").status) == (403, 200)
    check = clerk.get("auth/permissions/check", resource="occupancy", action="read")
    assert check.json == {"allowed": True}
    assert clerk.get("auth/me").json["permissions"] == rows(occupancy=["read"])


def test_a_change_by_another_process_counts_as_well(api: SignIn, acme: TenantRef) -> None:
    """Another process has told Redis, and this one's memory still has the old."""
    clerk = member(own_role("clerk", ("rates", "read")))
    assert clerk.get("billing/rates").status == 200
    with tenancy.public():
        OwnRole.objects.filter(name="clerk").update(permissions=["occupancy:read"])
    assert clerk.get("billing/rates").status == 200, "the control: what is remembered is not asked for"

    standing.standings_changed(tenant_id=acme.id)

    assert clerk.get("billing/rates").status == 403


def test_permissions_and_locations_cost_no_query(acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location()
    clerk = member(own_role("clerk", ("vehicle-types", "read")), at=[yard])
    clerk.get("parking/vehicle-types")

    with CaptureQueriesContext(connection) as captured:
        assert clerk.get("parking/vehicle-types").status == 200

    assert [query["sql"] for query in captured if "identity_" in query["sql"]] == []


@pytest.mark.parametrize(
    "permissions",
    [
        rows(ownership=["write"]),
        rows(entries=["delete"]),
        rows(tenants=["read"]),
        rows(entries=["read"]) + rows(entries=["write"]),
        rows(entries=[]),
        [],
    ],
)
def test_what_is_no_permission(api: SignIn, acme: TenantRef, permissions: Any) -> None:
    with nothing_written():
        answer = api("owner").post("auth/roles", {"name": "odd", "permissions": permissions})
        assert_problem(answer, 422, "invalid")
        answer = api("owner").post("auth/roles", {"name": "Odd Name", "permissions": rows(entries=["read"])})
        assert_problem(answer, 422, "invalid", name="invalid")


def test_nobody_makes_or_changes_a_role_to_more_than_they_hold(acme: TenantRef) -> None:
    own_role("chief", ("roles", "read"), ("roles", "write"), ("entries", "read"))
    own_role("strong", ("entries", "read"), ("payments", "write"))
    own_role("weak", ("entries", "read"))
    chief, more = member("chief"), {"permissions": rows(entries=["read", "write"])}
    with nothing_written():
        assert_problem(chief.post("auth/roles", {"name": "more", **more}), 403, "grants_too_much")
        for role in ("chief", "weak"):
            assert_problem(chief.patch(f"auth/roles/{role}", more, {"If-Match": "*"}), 403, "grants_too_much")
        less = {"permissions": rows(entries=["read"])}
        assert_problem(chief.patch("auth/roles/strong", less, {"If-Match": "*"}), 403, "grants_too_much")
        assert_problem(chief.delete("auth/roles/strong"), 403, "grants_too_much")
    assert chief.post("auth/roles", {"name": "same", "permissions": rows(entries=["read"])}).status == 201
    assert chief.delete("auth/roles/weak").status == 204


def test_one_who_looks_after_some_locations_makes_no_roles(acme: TenantRef) -> None:
    with tenancy.enter(acme):
        yard = open_location()
    local = member("admin", at=[yard])
    with nothing_written():
        answer = local.post("auth/roles", {"name": "mine", "permissions": rows(entries=["read"])})
        assert_problem(answer, 403, "not_permitted")


def test_a_role_that_somebody_has_stays(api: SignIn, acme: TenantRef) -> None:
    own_role("clerk", ("rates", "read"))
    member("clerk", email="clerk@people.example")
    owner, path = api("owner"), f"auth/users/{user_id('clerk@people.example')}"
    assert owner.patch(path, {"isActive": False}).status == 200
    with nothing_written():
        problem = assert_problem(owner.delete("auth/roles/clerk"), 409, "role_in_use")
    assert problem["members"] == 1, "one who is shut out has it still"

    assert owner.put(f"{path}/role", {"role": "viewer"}).status == 200
    assert owner.delete("auth/roles/clerk").status == 204


def test_one_name_in_two_tenants_is_two_roles(acme: TenantRef, globex: TenantRef) -> None:
    own_role("clerk", ("rates", "read"))
    own_role("clerk", ("occupancy", "read"), tenant="globex")

    there = member("clerk", tenant="globex")

    assert (there.get("billing/rates").status, there.get("parking/occupancy").status) == (403, 200)
