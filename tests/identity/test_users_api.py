"""auth/users: members are taken in, changed and removed, by nobody who would give more than they hold."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.auth.models import Membership, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.identity.access import member, own_role, user_id, with_key
from tests.identity.people import at_host, login
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]


@pytest.fixture
def yards(acme: TenantRef) -> tuple[UUID, UUID]:
    with tenancy.enter(acme):
        return open_location(name="North yard"), open_location(name="South yard")


def membership(email: str, tenant: TenantRef) -> Membership:
    with tenancy.public():
        return Membership.everybody.select_related("user").get(user__email=email, tenant_id=tenant.id)


def test_a_newcomer_gets_an_account_that_no_password_opens(api: SignIn, acme: TenantRef) -> None:
    body = {"email": " New.Person@acme.example ", "fullName": "New Person", "role": "operator"}

    made = api("admin").post("auth/users", body)

    assert made.status == 201, made
    assert made.json | {"id": "", "joinedAt": ""} == {
        "id": "", "email": "new.person@acme.example", "fullName": "New Person", "role": "operator",
        "locations": None, "isActive": True, "joinedAt": "",
    }  # fmt: skip
    assert made["Location"] == f"/api/v1/auth/users/{made.json['id']}"
    assert not membership("new.person@acme.example", acme).user.has_usable_password()
    assert login("new.person@acme.example", "", host="acme.localhost").status in (401, 422)
    assert api("admin").post("auth/users", body).code == "already_a_member"


def test_a_person_of_another_tenant_keeps_what_is_theirs(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    body = {"email": "viewer@globex.example", "fullName": "Vi", "role": "manager"}

    made = api("owner").post("auth/users", body).json

    assert (made["fullName"], made["role"]) == ("Vi", "manager")
    there = membership("viewer@globex.example", globex)
    assert (there.user.full_name, there.role, there.full_name) == ("Viewer Of Globex", "viewer", "")
    path = f"auth/users/{made['id']}"
    assert api("owner").patch(path, {"isActive": False, "fullName": "Nobody"}).status == 200
    assert login("viewer@globex.example", host="globex.localhost").json["role"] == "viewer"
    assert login("viewer@globex.example", host="acme.localhost").code == "not_a_member"
    assert "globex" not in str(api("owner").get(path).json).replace("@globex", "")
    assert api("owner").delete(path).status == 204
    assert login("viewer@globex.example", host="globex.localhost").status == 200


def test_the_same_request_again_makes_one_member(api: SignIn, acme: TenantRef) -> None:
    body = {"email": "twice@acme.example", "fullName": "Twice", "role": "viewer"}
    answers = [api("owner").post("auth/users", body, headers={"Idempotency-Key": "one"}) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json


def test_the_list_is_paged_by_address(api: SignIn, acme: TenantRef) -> None:
    first = api("auditor").get("auth/users", pageSize=4).json
    second = api("auditor").get("auth/users", pageSize=4, cursor=first["nextCursor"]).json

    emails = [one["email"] for page in (first, second) for one in page["items"]]
    assert emails == sorted(f"{role}@acme.example" for role in (
        "owner", "admin", "manager", "operator", "auditor", "viewer"
    ))  # fmt: skip
    assert (first["total"], second["nextCursor"]) == (6, None)
    assert [one["role"] for one in api("auditor").get("auth/users", role="viewer").json["items"]] == ["viewer"]


def test_a_longer_list_costs_no_more_queries(api: SignIn, acme: TenantRef) -> None:
    auditor = api("auditor")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert auditor.get("auth/users").status == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(10):
        member("viewer", email=f"more-{number}@acme.example")
    queries()  # a new member makes what is remembered of the tenant old
    assert queries() == few


def test_shut_out_and_let_in_again(api: SignIn, acme: TenantRef) -> None:
    viewer = api("viewer")
    path = f"auth/users/{user_id('viewer@acme.example')}"

    assert api("owner").patch(path, {"isActive": False}).json["isActive"] is False

    assert viewer.get("auth/me").status == 401
    assert login("viewer@acme.example", host="acme.localhost").code == "not_a_member"
    assert api("owner").patch(path, {"isActive": True}).json["isActive"] is True
    assert login("viewer@acme.example", host="acme.localhost").status == 200


def test_other_locations_count_at_once(api: SignIn, acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    before = api("operator")
    path = f"auth/users/{user_id('operator@acme.example')}"

    changed = api("owner").patch(path, {"locations": [yards[0]]})

    assert changed.json["locations"] == [str(yards[0])]
    assert before.get("auth/me").status == 401
    after = at_host("acme.localhost", login("operator@acme.example", host="acme.localhost").json["accessToken"])
    assert [place["name"] for place in after.get("parking/locations").json["items"]] == ["North yard"]
    assert after.get("auth/me").json["locations"] == [str(yards[0])]
    assert api("owner").patch(path, {"locations": None}).json["locations"] is None


def test_unknown_places_roles_and_addresses_are_told(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.enter(globex):
        theirs = open_location(name="Elsewhere")
    owner, body = api("owner"), {"email": "new@acme.example", "fullName": "New", "role": "viewer"}
    with nothing_written():
        for wrong, code in (
            ({"locations": [str(theirs)]}, {"locations": "unknown_location"}),
            ({"locations": []}, {"locations": "empty"}),
            ({"role": "emperor"}, {"role": "unknown"}),
            ({"email": "no address"}, {"email": "invalid"}),
        ):
            assert_problem(owner.post("auth/users", body | wrong), 422, "invalid", **code)
    with tenancy.public():
        assert not User.objects.filter(email="new@acme.example").exists()


@pytest.mark.parametrize(("by", "role"), [("admin", "owner"), ("chief", "manager"), ("chief", "stronger")])
def test_nobody_gives_a_role_that_holds_more_than_they_do(api: SignIn, acme: TenantRef, by: str, role: str) -> None:
    own_role("chief", ("members", "read"), ("members", "write"), ("entries", "read"))
    own_role("stronger", ("entries", "read"), ("entries", "write"))
    actor = api(by) if by == "admin" else member(by)
    viewer = user_id("viewer@acme.example")
    own_role("weaker", ("entries", "read"))
    weak = member("weaker", email="weak@people.example")
    with nothing_written():
        body = {"email": "x@acme.example", "fullName": "X", "role": role}
        assert_problem(actor.post("auth/users", body), 403, "grants_too_much")
        target = viewer if by == "admin" else user_id("weak@people.example")
        assert_problem(actor.put(f"auth/users/{target}/role", {"role": role}), 403, "grants_too_much")
    assert weak.get("auth/me").status == 200, "the refused change ended nothing"


def test_nobody_takes_from_one_who_holds_more(api: SignIn, acme: TenantRef) -> None:
    own_role("chief", ("members", "read"), ("members", "write"))
    for actor, target in ((api("admin"), "owner@acme.example"), (member("chief"), "viewer@acme.example")):
        path = f"auth/users/{user_id(target)}"
        with nothing_written():
            for refused in (
                actor.put(f"{path}/role", {"role": "chief"}),
                actor.patch(path, {"isActive": False}),
                actor.patch(path, {"fullName": "Somebody"}),
                actor.delete(path),
            ):
                assert_problem(refused, 403, "grants_too_much")


def test_nobody_narrows_less_than_themselves(api: SignIn, acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    north, south = yards
    local = member("admin", at=[north], email="local@people.example")
    body = {"email": "x@acme.example", "fullName": "X", "role": "operator"}
    operator = f"auth/users/{user_id('operator@acme.example')}"
    with nothing_written():
        assert_problem(local.post("auth/users", body), 403, "not_your_locations")
        assert_problem(local.post("auth/users", body | {"locations": [str(south)]}), 422, "invalid")
        for change in ({"isActive": False}, {"locations": [str(north)]}):
            assert local.patch(operator, change).code in ("grants_too_much", "not_your_locations")
        assert_problem(local.delete(operator), 403, "not_your_locations")
        own = f"auth/users/{user_id('local@people.example')}"
        assert local.patch(own, {"locations": None}).code in ("grants_too_much", "not_your_locations")

    made = local.post("auth/users", body | {"locations": [str(north)]})

    assert made.status == 201, made
    with nothing_written():
        path = f"auth/users/{made.json['id']}"
        assert local.patch(path, {"locations": None}).code in ("grants_too_much", "not_your_locations")
    assert local.put(f"auth/users/{made.json['id']}/role", {"role": "viewer"}).status == 200


def test_an_owner_is_narrowed_to_nothing(api: SignIn, acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    member("manager", at=[yards[0]], email="local@people.example")
    owner = api("owner")
    with nothing_written():
        own = f"auth/users/{user_id('owner@acme.example')}"
        assert owner.patch(own, {"locations": [str(yards[0])]}).code in ("owner_everywhere", "grants_too_much")
        local = f"auth/users/{user_id('local@people.example')}/role"
        assert owner.put(local, {"role": "owner"}).code == "owner_everywhere"


def test_the_last_owner_stays(api: SignIn, acme: TenantRef) -> None:
    owner, path = api("owner"), f"auth/users/{user_id('owner@acme.example')}"
    with nothing_written():
        assert_problem(owner.put(f"{path}/role", {"role": "admin"}), 409, "last_owner")
        assert_problem(owner.patch(path, {"isActive": False}), 409, "last_owner")
        assert_problem(owner.delete(path), 409, "last_owner")
    assert owner.get("auth/me").status == 200

    assert owner.put(f"auth/users/{user_id('admin@acme.example')}/role", {"role": "owner"}).status == 200
    assert owner.put(f"{path}/role", {"role": "admin"}).status == 200


def test_an_owner_who_is_shut_out_does_not_count(api: SignIn, acme: TenantRef) -> None:
    second = f"auth/users/{user_id('admin@acme.example')}"
    owner, own = api("owner"), f"auth/users/{user_id('owner@acme.example')}"
    assert owner.put(f"{second}/role", {"role": "owner"}).status == 200
    assert owner.patch(second, {"isActive": False}).status == 200

    with nothing_written():
        assert_problem(owner.delete(own), 409, "last_owner")


def test_keys_look_after_nobody(acme: TenantRef) -> None:
    machine = with_key(("members", "write"), ("members", "read"), ("roles", "write"), ("api-keys", "write"))
    with nothing_written():
        for path in ("auth/users", "auth/roles", "auth/api-keys"):
            assert_problem(machine.post(path, {}), 403, "not_permitted")
            assert_problem(machine.get(path), 403, "not_permitted")
