"""Each role at each call: what the table of roles says happens, and a refusal changes nothing."""

from collections.abc import Callable
from uuid import UUID

import pytest

from apps.auth.roles import Role, may
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written
from tests.strangers.calls import CALLS, WITHOUT_TOKEN, send
from tests.strangers.platform import PLATFORM_TRIES

from .conftest import entry_body

NOWHERE = "00000000-0000-7000-8000-000000000000"
AT_NOTHING = {
    "tenant": NOWHERE,
    "entry": NOWHERE,
    "location": NOWHERE,
    "rate": NOWHERE,
    "simulation": NOWHERE,
    "receipt": "ACME-2026-000001",
    "payment": NOWHERE,
    "online": NOWHERE,
    "refund": NOWHERE,
    "dispute": NOWHERE,
    "invoice": NOWHERE,
    "customer": NOWHERE,
    "code": NOWHERE,
    "permit": NOWHERE,
    "merchant": NOWHERE,
    "validation": NOWHERE,
    "shift": NOWHERE,
    "counted": NOWHERE,
    "sign_in": NOWHERE,
    "user": NOWHERE,
    "role": "no-such-role",
    "key": NOWHERE,
    "invitation": NOWHERE,
    "identity": NOWHERE,
    "passkey": NOWHERE,
}
ABOUT_A_RESOURCE = sorted(call for call, view in CALLS.items() if view.resource)

# Said once more in the field's words: a slip in the table of roles must not pass for the rule.
MUST = {
    ("owner", "locations", "write"): True,
    ("admin", "locations", "write"): True,
    ("admin", "members", "write"): True,
    ("owner", "ownership", "write"): True,
    ("admin", "ownership", "write"): False,
    ("admin", "roles", "write"): True,
    ("admin", "api-keys", "write"): True,
    ("manager", "roles", "write"): False,
    ("manager", "api-keys", "write"): False,
    ("operator", "api-keys", "read"): False,
    ("viewer", "roles", "read"): False,
    ("manager", "locations", "write"): True,
    ("manager", "vehicle-types", "write"): True,
    ("manager", "rates", "write"): True,
    ("manager", "members", "read"): True,
    ("manager", "members", "write"): False,
    ("admin", "events", "write"): True,
    ("manager", "events", "read"): True,
    ("manager", "events", "write"): False,
    ("operator", "events", "read"): False,
    ("auditor", "events", "write"): False,
    ("owner", "rules", "write"): True,
    ("admin", "rules", "write"): True,
    ("manager", "rules", "read"): True,
    ("manager", "rules", "write"): False,
    ("auditor", "rules", "read"): True,
    ("auditor", "rules", "write"): False,
    ("operator", "rules", "read"): False,
    ("viewer", "rules", "read"): False,
    ("manager", "refunds", "write"): True,
    ("operator", "refunds", "write"): False,
    ("auditor", "refunds", "write"): False,
    ("manager", "customers", "write"): True,
    ("manager", "discounts", "write"): True,
    ("operator", "discounts", "write"): False,
    ("operator", "validations", "write"): True,
    ("viewer", "validations", "write"): False,
    ("operator", "customers", "read"): True,
    ("operator", "customers", "write"): False,
    ("auditor", "customers", "write"): False,
    ("viewer", "customers", "read"): False,
    ("operator", "shifts", "read"): True,
    ("operator", "shifts", "write"): True,
    ("operator", "shift-counts", "read"): False,
    ("operator", "shift-counts", "write"): False,
    ("manager", "shift-counts", "write"): True,
    ("auditor", "shift-counts", "read"): True,
    ("auditor", "shift-counts", "write"): False,
    ("viewer", "shifts", "read"): False,
    ("operator", "entries", "write"): True,
    ("operator", "exits", "write"): True,
    ("operator", "payments", "write"): True,
    ("operator", "rates", "read"): True,
    ("operator", "occupancy", "read"): True,
    ("operator", "locations", "write"): False,
    ("operator", "vehicle-types", "write"): False,
    ("operator", "rates", "write"): False,
    ("operator", "members", "read"): False,
    ("auditor", "events", "read"): True,
    ("auditor", "payments", "read"): True,
    ("auditor", "rates", "read"): True,
    ("auditor", "entries", "read"): True,
    ("auditor", "entries", "write"): False,
    ("auditor", "exits", "write"): False,
    ("auditor", "payments", "write"): False,
    ("viewer", "occupancy", "read"): True,
    ("viewer", "entries", "read"): True,
    ("viewer", "entries", "write"): False,
    ("viewer", "exits", "write"): False,
    ("viewer", "payments", "read"): False,
    ("viewer", "events", "read"): False,
    ("manager", "reports", "read"): True,
    ("auditor", "reports", "read"): True,
    ("auditor", "reports", "write"): False,
    ("operator", "reports", "read"): False,
    ("viewer", "reports", "read"): False,
    ("stranger", "occupancy", "read"): False,
    ("", "occupancy", "read"): False,
}


@pytest.mark.parametrize(("role", "resource", "action"), MUST)
def test_the_table_of_roles_says_what_it_must(role: str, resource: str, action: str) -> None:
    assert may(role, resource, action) is MUST[role, resource, action]


@pytest.mark.parametrize("call", ABOUT_A_RESOURCE, ids=" ".join)
def test_a_role_gets_in_where_the_table_lets_it(
    api: Callable[..., Api], acme: TenantRef, call: tuple[str, str]
) -> None:
    method, _ = call
    view = CALLS[call]
    action = view.actions.get(method, "read" if method == "GET" else "write")
    with nothing_written():
        for role in Role:
            reply = send(api(role), call, AT_NOTHING)
            if may(role, view.resource, action):
                assert reply.status in (200, 404, 409, 422, 428), (role, reply)
            else:
                assert_problem(reply, 403, "not_permitted")


def test_every_call_is_about_a_resource_or_about_oneself() -> None:
    about_oneself = {call for call, view in CALLS.items() if not view.resource} - WITHOUT_TOKEN - set(PLATFORM_TRIES)
    assert about_oneself == {
        ("GET", "auth/me"),
        ("GET", "auth/permissions/check"),
        ("POST", "auth/switch-tenant"),
        ("GET", "auth/sessions"),
        ("DELETE", "auth/sessions/<uuid:session_id>"),
        ("POST", "auth/password"),
        ("GET", "auth/mfa"),
        ("POST", "auth/mfa/enroll"),
        ("POST", "auth/mfa/confirm"),
        ("POST", "auth/mfa/disable"),
        ("POST", "auth/mfa/recovery-codes"),
        ("POST", "auth/me/email"),
        ("POST", "auth/me/email/confirm"),
        ("GET", "auth/mfa/passkeys"),
        ("POST", "auth/mfa/passkeys"),
        ("POST", "auth/mfa/passkeys/challenge"),
        ("PATCH", "auth/mfa/passkeys/<uuid:passkey_id>"),
        ("POST", "auth/mfa/passkeys/<uuid:passkey_id>/remove"),
        ("GET", "auth/identities"),
        ("DELETE", "auth/identities/<uuid:identity_id>"),
    }


@pytest.mark.parametrize("role", ["auditor", "viewer"])
def test_who_only_looks_records_nothing_even_with_everything_right(
    api: Callable[..., Api], yard: UUID, role: str
) -> None:
    with nothing_written():
        for headers in ({}, {"Idempotency-Key": "mine"}):
            assert_problem(api(role).post("parking/entries", entry_body(yard), headers=headers), 403, "not_permitted")


def test_a_token_without_a_tenant_is_told_to_choose_one(yard: UUID) -> None:
    root = Api("localhost")
    signed_in = root.post("auth/login", {"email": "root@parking.example", "password": "parking-demo"})
    root.token = signed_in.json["accessToken"]
    assert_problem(root.get("parking/entries"), 403, "not_permitted")
    root.host = "acme.localhost"
    assert_problem(root.get("parking/entries"), 403, "tenant_mismatch")
