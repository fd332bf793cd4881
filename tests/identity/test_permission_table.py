"""One table decides everywhere: each call, page and admin view is held against it, for each role and permission.

A role of one single permission finds what looks at the wrong row: it opens what its permission says and nothing else.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.auth.api.permissions import RolePermission
from apps.auth.commands.page_sign_in import sign_in_page
from apps.auth.roles import FOR_KEYS, FOR_OWN_ROLES, PERMISSIONS, Permission, Permissions, Role
from apps.core import tenancy
from apps.core.admin import tenant_site
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.access import member, own_role, with_key
from tests.parking.test_roles import AT_NOTHING
from tests.refusals import nothing_written
from tests.strangers.calls import CALLS, send

pytestmark = pytest.mark.django_db

ABOUT_A_RESOURCE = sorted((method, route) for (method, route), view in CALLS.items() if view.resource)
ABOUT_ONESELF = sorted(
    call for call, view in CALLS.items() if not view.resource and RolePermission in view.permission_classes
)
SINGLE = sorted(FOR_OWN_ROLES)
TABLES = {f"{m._meta.app_label}/{m._meta.model_name}": admin.resource for m, admin in tenant_site._registry.items()}


def needed(call: tuple[str, str]) -> Permission:
    method, _ = call
    view: Any = CALLS[call]
    return view.resource, view.actions.get(method, "read" if method == "GET" else "write")


def opened(api: Api) -> set[tuple[str, str]]:
    """The calls that let this client in, at things that are not there."""
    found = set()
    for call in ABOUT_A_RESOURCE:
        reply = send(api, call, AT_NOTHING)
        if reply.status == 403:
            assert reply.code == "not_permitted", (call, reply)
        else:
            assert reply.status in (200, 404, 409, 412, 422, 428), (call, reply)
            found.add(call)
    return found


def as_the_table_says(permissions: Permissions) -> set[tuple[str, str]]:
    return {call for call in ABOUT_A_RESOURCE if needed(call) in permissions}


@pytest.mark.parametrize("role", list(Role))
def test_calls_of_a_built_in_role(api: Callable[..., Api], role: Role) -> None:
    with nothing_written():
        assert opened(api(role)) == as_the_table_says(PERMISSIONS[role])


@pytest.mark.parametrize("permission", SINGLE, ids=":".join)
def test_calls_of_a_role_with_a_single_permission(acme: TenantRef, permission: Permission) -> None:
    single = member(own_role("single", permission))
    with nothing_written():
        assert opened(single) == as_the_table_says(frozenset({permission}))


@pytest.mark.parametrize("permission", sorted(FOR_KEYS), ids=":".join)
def test_calls_of_a_key_with_a_single_permission(acme: TenantRef, permission: Permission) -> None:
    machine = with_key(permission)
    with nothing_written():
        assert opened(machine) == as_the_table_says(frozenset({permission}))


@pytest.mark.parametrize("call", ABOUT_ONESELF, ids=" ".join)
def test_a_key_is_no_person(acme: TenantRef, call: tuple[str, str]) -> None:
    assert send(with_key(*FOR_KEYS), call, AT_NOTHING).code == "not_permitted"


def test_a_key_that_was_written_with_more_than_keys_may_have_has_it_not(acme: TenantRef) -> None:
    """Whatever came into the table: people, roles, keys and rules are no machine's matter."""
    assert opened(with_key(*FOR_OWN_ROLES)) == as_the_table_says(FOR_KEYS)


def page_of(role: str) -> Client:
    """A browser with the cookie of a member with this role."""
    from django.conf import settings
    from django.http import HttpRequest

    from apps.auth.models import User
    from apps.auth.page_sessions import SessionStore

    member(role, email="page@people.example")
    with tenancy.public():
        user = User.objects.get(email="page@people.example")
        user.set_password("parking-demo")
        user.save()
    request = HttpRequest()
    request.META |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "acme.localhost"}
    request.session = SessionStore()
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    with tenancy.enter(acme):
        sign_in_page(request, email="page@people.example", password="parking-demo")
    request.session.save()
    client = Client(headers={"host": "acme.localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return client


# Where the board sends who may not see it, in the order it tries.
PLACES: dict[str, Permission] = {
    "/gate/": ("entries", "write"),
    "/till/": ("shifts", "write"),
    "/payments/": ("payments", "read"),
    "/shifts/": ("shift-counts", "read"),
    "/tariffs/": ("rates", "read"),
    "/invoices/": ("invoices", "read"),
    "/admin/": ("admin", "read"),
}


def assert_pages_are_as_the_table_says(page: Client, permissions: Permissions) -> None:
    gate, admin = ("entries", "write") in permissions, ("admin", "read") in permissions
    home = page.get("/")
    elsewhere = next((path for path, needed in PLACES.items() if needed in permissions), "")
    board = 200 if ("occupancy", "read") in permissions else 302 if elsewhere else 403
    assert home.status_code == board
    if board == 302:
        assert home.headers["Location"] == elsewhere
        assert page.get(elsewhere).status_code == 200
    assert page.get("/gate/").status_code == (200 if gate else 403)
    prices = {action for action in ("read", "write") if ("rates", action) in permissions}
    assert page.get("/invoices/").status_code == (200 if ("invoices", "read") in permissions else 403)
    assert page.get("/tariffs/").status_code == (200 if "read" in prices else 403)
    assert page.get("/tariffs/new/").status_code == (200 if len(prices) == 2 else 403)
    assert page.get("/till/").status_code == (200 if ("shifts", "write") in permissions else 403)
    assert page.get("/shifts/").status_code == (200 if ("shift-counts", "read") in permissions else 403)
    assert page.get("/admin/").status_code == (200 if admin else 302)
    for table, resource in TABLES.items():
        seen = page.get(f"/admin/{table}/").status_code
        expected = (200 if (resource, "read") in permissions else 403) if admin else 302
        assert seen == expected, (table, seen)
        if admin and seen == 200:
            added = page.post(f"/admin/{table}/add/", {}).status_code
            assert added in ((200, 403) if (resource, "write") in permissions else (403,)), (table, added)


@pytest.mark.parametrize("role", list(Role))
def test_pages_and_admin_of_a_built_in_role(acme: TenantRef, role: Role) -> None:
    assert_pages_are_as_the_table_says(page_of(role), PERMISSIONS[role])


@pytest.mark.parametrize(
    "permission",
    [("admin", "read"), ("occupancy", "read"), ("entries", "write"), ("rates", "read"), ("invoices", "read")],
)
def test_pages_and_admin_of_a_single_permission(acme: TenantRef, permission: Permission) -> None:
    assert_pages_are_as_the_table_says(page_of(own_role("single", permission)), frozenset({permission}))


@pytest.mark.parametrize("resource", sorted(set(TABLES.values())))
@pytest.mark.parametrize("action", ["read", "write"])
def test_an_admin_table_beside_the_right_to_enter(acme: TenantRef, resource: str, action: str) -> None:
    permissions = frozenset({("admin", "read"), (resource, "read"), (resource, action)})
    assert_pages_are_as_the_table_says(page_of(own_role("single", *permissions)), permissions)
