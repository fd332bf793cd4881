"""rules/tenants: a platform administrator asks for a tenant, changes it, suspends and closes it; nobody else does."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from apps.auth.commands.tenant_requests import WAITING, provision_all
from apps.auth.models import Membership, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.parking.test_hostile_values import HOSTILE
from tests.refusals import assert_problem

from .platform import PASSWORD, make_spares, nothing_changed, platform_admin, tenant_named, wanted

SignIn = Callable[..., Api]


@pytest.mark.usefixtures("own_database")
def test_a_tenant_is_asked_for_made_and_used() -> None:
    make_spares(1)
    root = platform_admin()
    asked = root.post("rules/tenants", wanted(limits={"maxLocations": 2}), headers={"Idempotency-Key": "one"})
    assert asked.status == 202, asked
    assert asked.json["status"] == "provisioning"
    assert asked.json["progress"] == {"step": "queued", "percent": 50}
    assert PASSWORD not in asked.response.content.decode()

    made = root.get(asked["Location"])
    assert made.json | {"createdAt": 0, "statusChangedAt": 0} == {
        "id": asked.json["id"],
        "slug": "initech",
        "name": "Initech",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "status": "active",
        "statusReason": "",
        "statusChangedAt": 0,
        "progress": {"step": "done", "percent": 100},
        "hosts": [{"host": "initech.localhost", "isPrimary": True}],
        "limits": {"maxLocations": 2, "maxUsers": None, "maxEntriesPerMonth": None},
        "stripeAccount": None,
        "createdAt": 0,
        "version": 2,
    }
    owner = Api("initech.localhost")
    signed_in = owner.post("auth/login", {"email": "peter@initech.example", "password": PASSWORD})
    assert (signed_in.status, signed_in.json["role"]) == (200, "owner")
    owner.token = signed_in.json["accessToken"]
    assert owner.post("parking/locations", {"name": "Basement", "capacity": 3}).status == 201

    with nothing_changed():
        again = root.post("rules/tenants", wanted(limits={"maxLocations": 2}), headers={"Idempotency-Key": "one"})
        assert (again.status, again["Idempotent-Replay"], again.json["id"]) == (202, "true", asked.json["id"])
        other = root.post("rules/tenants", wanted(name="Other"), headers={"Idempotency-Key": "one"})
        assert_problem(other, 422, "idempotency_key_reused")


@pytest.mark.usefixtures("own_database")
def test_without_a_spare_it_waits_unseen_and_can_be_taken_back() -> None:
    root = platform_admin()
    asked = root.post("rules/tenants", wanted())
    waiting = root.get(asked["Location"])
    assert (waiting.json["status"], waiting.json["progress"]["step"]) == ("provisioning", WAITING)
    assert_problem(Api("initech.localhost").get("auth/me"), 404, "unknown_host")
    early = Api("localhost").post("auth/login", {"email": "peter@initech.example", "password": PASSWORD})
    assert early.status == 403
    assert tenancy.directory().by_slug("initech") is None

    assert root.delete(asked["Location"]).status == 204
    assert tenant_named("initech") is None
    with tenancy.public():
        assert not User.objects.filter(email="peter@initech.example").exists()

    root.post("rules/tenants", wanted())
    make_spares(1)
    assert provision_all(at=clock.now()) == 1
    made = tenant_named("initech")
    assert made is not None
    assert made.status == "active"
    with nothing_changed():
        assert_problem(root.delete(f"rules/tenants/{made.id}"), 409, "tenant_in_use")


REFUSED: list[tuple[dict[str, Any], int, str, dict[str, str]]] = [
    ({"slug": "acme"}, 409, "tenant_exists", {}),
    ({"host": "ACME.localhost"}, 409, "tenant_exists", {}),
    ({"slug": "Initech"}, 422, "invalid", {"slug": "invalid"}),
    ({"slug": "admin"}, 422, "invalid", {"slug": "reserved"}),
    ({"name": "  "}, 422, "invalid", {"name": "empty"}),
    ({"host": "localhost"}, 422, "invalid", {"host": "reserved"}),
    ({"host": "a b"}, 422, "invalid", {"host": "invalid"}),
    ({"currency": "XXQ"}, 422, "invalid", {"currency": "unknown"}),
    ({"timezone": "Mars/Base"}, 422, "invalid", {"timezone": "unknown"}),
    ({"limits": {"maxLocations": -1}}, 422, "invalid", {}),
    ({"limits": {"maxGates": 1}}, 422, "invalid", {}),
    ({"owner": {"email": "new@initech.example"}}, 422, "invalid", {"owner.password": "required"}),
    ({"owner": {"email": "no address", "password": PASSWORD}}, 422, "invalid", {"owner.email": "invalid"}),
    ({"owner": {"email": "new@initech.example", "password": "short"}}, 422, "invalid", {"owner.password": "too_weak"}),
    (
        {"owner": {"email": "owner@acme.example", "password": PASSWORD}},
        422,
        "invalid",
        {"owner.password": "not_wanted"},
    ),
    ({"schemaName": "public"}, 422, "invalid", {"schemaName": "unknown_field"}),
]


@pytest.mark.parametrize(("given", "status", "code", "errors"), REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    acme: TenantRef, given: dict[str, Any], status: int, code: str, errors: dict[str, str]
) -> None:
    root = platform_admin()
    with nothing_changed():
        assert_problem(root.post("rules/tenants", wanted(**given)), status, code, **errors)


def test_no_value_breaks_a_call(acme: TenantRef) -> None:
    root = platform_admin()
    for value in HOSTILE:
        for field in (*wanted(), "limits", "status", "reason", "isPrimary"):
            for method, path in (("POST", "rules/tenants"), ("PATCH", f"rules/tenants/{acme.id}")):
                answer = root._send(method, path, {field: value} if method == "PATCH" else wanted(**{field: value}), {})
                assert answer.status < 500, (method, field, value, answer)
        answer = root.post(f"rules/tenants/{acme.id}/hosts", {"host": value})
        assert answer.status < 500, (value, answer)
    for path in ("rules/tenants?status=x", "rules/tenants?cursor=x", f"rules/tenants/{acme.id}/hosts/%00"):
        assert root.get(path).status in (404, 405, 422)


def test_the_list_is_paged_by_short_name(acme: TenantRef, globex: TenantRef) -> None:
    root = platform_admin()
    first = root.get("rules/tenants", pageSize=1)
    assert [one["slug"] for one in first.json["items"]] == ["acme"]
    second = root.get("rules/tenants", pageSize=1, cursor=first.json["nextCursor"])
    assert ([one["slug"] for one in second.json["items"]], second.json["nextCursor"]) == (["globex"], None)
    assert root.get("rules/tenants", status="closed").json["items"] == []


def test_only_the_platforms_administrators_in_no_tenant(api: SignIn, acme: TenantRef) -> None:
    root = platform_admin()
    with tenancy.public():
        user = User.objects.get(email="root@parking.example")
        Membership.objects.create(user=user, tenant_id=acme.id, role="owner")
    inside = Api("localhost")
    both = {"email": "root@parking.example", "password": "parking-demo", "tenant": "acme"}
    inside.token = inside.post("auth/login", both).json["accessToken"]
    manager = api("owner")
    manager.host = "localhost"
    with nothing_changed():
        for caller in (inside, manager):
            assert_problem(caller.get("rules/tenants"), 403, "not_permitted")
            assert_problem(caller.post("rules/tenants", wanted()), 403, "not_permitted")
    with tenancy.public():
        User.objects.filter(id=user.id).update(is_platform_admin=False)
    with nothing_changed():
        assert root.post("rules/tenants", wanted()).status in (401, 403)


def test_a_change_counts_its_version(acme: TenantRef) -> None:
    root, path = platform_admin(), f"rules/tenants/{acme.id}"
    read = root.get(path)
    changed = root.patch(path, {"name": "Acme Parking", "limits": {"maxUsers": 50}}, {"If-Match": read["ETag"]})
    assert (changed.status, changed.json["name"], changed.json["limits"]["maxUsers"]) == (200, "Acme Parking", 50)
    assert changed["ETag"] != read["ETag"]
    with nothing_changed():
        assert_problem(root.patch(path, {"name": "Mine"}, {"If-Match": read["ETag"]}), 412, "stale")
        assert_problem(root.patch(path, {"timezone": "Mars/Base"}), 422, "invalid", timezone="unknown")
        assert_problem(root.patch(path, {"currency": "EUR"}), 422, "invalid", currency="unknown_field")
        assert_problem(root.patch(path, {"slug": "other"}), 422, "invalid", slug="unknown_field")
        assert_problem(root.patch(f"rules/tenants/{uuid.uuid4()}", {"name": "x"}), 404, "tenant_not_found")


def test_hosts_come_and_go_and_one_is_the_main_one(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    root, path = platform_admin(), f"rules/tenants/{acme.id}/hosts"
    added = root.post(path, {"host": "Park.acme.example"})
    assert added.status == 201
    assert {"host": "park.acme.example", "isPrimary": False} in added.json["hosts"]
    owner = api("owner")
    owner.host = "park.acme.example"
    assert owner.get("auth/me").status == 200
    with nothing_changed():
        assert_problem(root.post(path, {"host": "park.acme.example"}), 409, "host_taken")
        assert_problem(root.post(path, {"host": "globex.localhost"}), 409, "host_taken")
        assert_problem(root.post(path, {"host": "localhost"}), 422, "invalid", host="reserved")
        assert_problem(root.delete(f"{path}/acme.localhost"), 409, "primary_host")
        assert_problem(root.delete(f"{path}/globex.localhost"), 404, "host_not_found")
        assert_problem(root.put(f"{path}/globex.localhost", {}), 404, "host_not_found")
    main = root.put(f"{path}/park.acme.example", {})
    assert [one["host"] for one in main.json["hosts"] if one["isPrimary"]] == ["park.acme.example"]
    assert root.delete(f"{path}/acme.localhost").status == 204
    owner.host = "acme.localhost"
    assert_problem(owner.get("auth/me"), 404, "unknown_host")
