"""Who did what: members, roles, keys, sites, sign-ins, each with what was before and after, in its own tenant."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core import tenancy
from apps.core.audit import Subject, record
from apps.core.tenancy import TenantRef
from tests.audit.trail import platform_trail, trail
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
FROM = {"User-Agent": "Parking desk 3", "X-Correlation-Id": "desk-3-77"}


def test_a_changed_role_tells_who_from_where_before_and_after(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    owner = api("owner")
    viewer = owner.get("auth/users", role="viewer").json["items"][0]["id"]

    assert owner._send("PUT", f"auth/users/{viewer}/role", {"role": "auditor"}, FROM).status == 200

    (told,) = trail(acme, correlation_id="desk-3-77")
    assert (told.action, told.outcome, told.subject_type, told.subject_id) == (
        "member.changed",
        "done",
        "member",
        viewer,
    )
    assert (told.before, told.after) == ({"role": "viewer"}, {"role": "auditor"})
    assert (told.actor_kind, told.actor_name, told.address, told.client) == (
        "user", "Owner Of Acme", "127.0.0.1", "Parking desk 3",
    )  # fmt: skip
    assert told.session_id is not None
    assert trail(globex, correlation_id="desk-3-77") == []


def test_an_events_sign_in_leads_to_where_it_came_from(acme: TenantRef) -> None:
    client = Api("acme.localhost")
    body = {"email": "owner@acme.example", "password": "parking-demo"}
    client.token = client.post("auth/login", body, FROM).json["accessToken"]
    assert client.post("parking/locations", {"name": "North yard", "capacity": 5}).status == 201

    event = next(one for one in trail(acme) if one.action == "OccupancyChanged")
    (signed_in,) = trail(acme, action="user.signed_in")
    assert event.session_id == signed_in.session_id is not None
    assert (signed_in.address, signed_in.client) == ("127.0.0.1", "Parking desk 3")


def test_a_keys_secret_and_a_password_are_nowhere(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    rows = [{"resource": "entries", "actions": ["read"]}]
    made = owner.post("auth/api-keys", {"name": "Camera", "permissions": rows}).json
    change = {"currentPassword": "parking-demo", "newPassword": "three blue ferries"}
    assert owner.post("auth/password", change).status == 204

    told = {one.action: one for one in trail(acme)}
    assert told["api_key.added"].after["permissions"] == ["entries:read"]
    assert told["user.password_changed"].actor_id is not None
    text = json.dumps([str(one) for one in told.values()])
    assert made["secret"] not in text
    assert "ferries" not in text


def test_a_field_that_is_named_like_a_secret_is_masked(in_acme: TenantRef) -> None:
    with transaction.atomic():
        record("test.done", Subject("test", 1), after={"clientSecret": "hush", "size": 3})
    assert trail(in_acme, action="test.done")[0].after == {"clientSecret": "(not kept)", "size": 3}


def test_what_changes_nothing_tells_nothing(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    viewer = owner.get("auth/users", role="viewer").json["items"][0]["id"]
    with nothing_written():
        assert owner.put(f"auth/users/{viewer}/role", {"role": "viewer"}).status == 200


def test_a_change_that_is_rolled_back_tells_nothing(in_acme: TenantRef) -> None:
    with nothing_written(), transaction.atomic():
        record("test.done", Subject("test", 1))
        transaction.set_rollback(True)


def test_the_platforms_deeds_are_in_its_own_trail(acme: TenantRef) -> None:
    root = platform_client()
    change = {"status": "suspended", "reason": "unpaid"}
    assert root.patch(f"rules/tenants/{acme.id}", change).status == 200

    (told,) = platform_trail("tenant.changed")
    assert told["before"] == {"status": "active", "statusReason": ""}
    assert told["after"] == {"status": "suspended", "statusReason": "unpaid"}
    assert told["actor_id"] is not None
    assert trail(acme) == []


def platform_client() -> Api:
    client = Api("localhost")
    signed_in = client.post("auth/login", {"email": "root@parking.example", "password": "parking-demo"})
    client.token = signed_in.json["accessToken"]
    return client


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["core_auditentry", "public.core_shared_platformaudit"])
def test_nobody_rewrites_a_trail(in_acme: TenantRef, table: str, statement: str) -> None:
    record("test.done", Subject("test", 1))
    with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert len(trail(in_acme, action="test.done")) == 1


def test_pages_follow_each_other_and_a_period_is_half_open(api: SignIn, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        for number in range(7):
            record("test.done", Subject("test", number))
    auditor = api("auditor")
    first = auditor.get("audit", pageSize=4).json
    second = auditor.get("audit", pageSize=4, cursor=first["nextCursor"]).json
    assert [one["subjectId"] for one in [*first["items"], *second["items"]]] == list("6543210")
    assert second["nextCursor"] is None
    assert auditor.get("audit", to="2020-01-01T00:00:00Z").json["items"] == []
    assert len(auditor.get("audit", **{"from": "2020-01-01T00:00:00Z"}).json["items"]) == 7
    assert_problem(auditor.get("audit", cursor="x"), 422, "invalid", cursor="invalid")


def test_an_export_is_a_line_each_and_is_told_itself(api: SignIn, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        record("=HYPERLINK(1)", Subject("test", 1), after={"role": "x"})
    auditor = api("auditor")
    own, line = auditor.get("audit/export").response.content.decode().splitlines()
    assert json.loads(own)["action"] == "audit.exported"
    assert json.loads(line)["after"] == {"role": "x"}
    table = auditor.get("audit/export", format="csv", action="=HYPERLINK(1)").response.content.decode().splitlines()
    assert table[0].startswith("id,at,action,")
    assert ",'=HYPERLINK(1)," in table[1]
    assert [one.outcome for one in trail(acme, action="audit.exported")] == ["read", "read"]


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 200), ("auditor", 200), ("manager", 403)])
def test_who_may_read_it(api: SignIn, role: str, status: int) -> None:
    assert api(role).get("audit").status == status


def test_an_id_of_nobody_is_found_nowhere(api: SignIn) -> None:
    found = api("owner").get("audit", actor=UUID(int=7))
    assert found.json["items"] == []


Body = dict[str, Any]


def test_signing_in_out_and_over_is_told(acme: TenantRef) -> None:
    client = Api("acme.localhost")
    pair = client.post("auth/login", {"email": "owner@acme.example", "password": "parking-demo"}).json
    client.token = pair["accessToken"]
    switched = client.post("auth/switch-tenant", {"tenant": "acme"}).json
    assert client.post("auth/logout", {"refreshToken": switched["refreshToken"]}).status == 204
    told = [one.action for one in trail(acme)]
    assert told == ["user.signed_out", "user.switched_tenant", "user.signed_in"]


def test_a_refresh_token_that_comes_again_is_told(acme: TenantRef) -> None:
    client = Api("acme.localhost")
    pair = client.post("auth/login", {"email": "owner@acme.example", "password": "parking-demo"}).json
    assert client.post("auth/refresh", {"refreshToken": pair["refreshToken"]}).status == 200
    assert client.post("auth/refresh", {"refreshToken": pair["refreshToken"]}).status == 401
    assert trail(acme, action="user.refresh_token_reused")
