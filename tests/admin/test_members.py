"""A tenant's members, own roles and keys on its admin: its own rows alone, changed by the commands."""

from collections.abc import Callable
from uuid import UUID

import pytest

from apps.auth.models import ApiKey, ApiKeySecret, Membership, OwnRole
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.admin.conftest import Browser
from tests.factories.sites import open_location
from tests.identity.access import own_role, user_id, with_key
from tests.identity.people import at_host, login
from tests.refusals import nothing_written

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]


def member_of(email: str, tenant: TenantRef) -> Membership:
    with tenancy.public():
        return Membership.everybody.get(user__email=email, tenant_id=tenant.id)


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    with tenancy.enter(acme):
        return open_location(name="North yard")


def test_lists_are_the_tenants_own(browser: Open, acme: TenantRef, globex: TenantRef) -> None:
    own_role("secret-role", ("rates", "read"), tenant="globex")
    with_key(("entries", "read"), tenant="globex")
    own_role("shift-lead", ("rates", "read"))
    owner = browser("owner")

    members = owner.get("/admin/identity/member/").content.decode()
    roles = owner.get("/admin/identity/ownrole/").content.decode()
    keys = owner.get("/admin/identity/apikey/").content.decode()

    assert "viewer@acme.example" in members
    assert "globex" not in members
    assert "shift-lead" in roles
    assert "secret-role" not in roles
    assert "North gate" not in keys


@pytest.mark.parametrize("table", ["member", "ownrole", "apikey"])
def test_another_tenants_row_is_not_found(browser: Open, acme: TenantRef, globex: TenantRef, table: str) -> None:
    own_role("secret-role", ("rates", "read"), tenant="globex")
    with_key(("entries", "read"), tenant="globex")
    with tenancy.public():
        row = {
            "member": Membership.objects.filter(tenant_id=globex.id).first(),
            "ownrole": OwnRole.objects.get(),
            "apikey": ApiKey.objects.get(),
        }[table]
    assert row is not None
    owner, path = browser("owner"), f"/admin/identity/{table}/{row.pk}"
    with nothing_written():
        for answer in (
            owner.get(f"{path}/change/"),
            owner.post(f"{path}/change/", role="viewer", permissions=["entries:read"]),
            owner.post(f"{path}/delete/", post="yes"),
        ):
            assert answer.status_code in (302, 403, 404)
        owner.post(f"/admin/identity/{table}/", action="revoke", _selected_action=str(row.pk))


def test_a_member_is_changed_by_its_commands(browser: Open, acme: TenantRef, yard: UUID) -> None:
    own_role("shift-lead", ("rates", "read"))
    pair = login("viewer@acme.example", host="acme.localhost").json
    viewer = member_of("viewer@acme.example", acme)
    form = {"full_name": "Vi", "role": "shift-lead", "places": str(yard), "is_active": "on"}

    answer = browser("admin").post(f"/admin/identity/member/{viewer.id}/change/", **form)

    assert answer.status_code == 302, answer.content.decode()
    viewer = member_of("viewer@acme.example", acme)
    assert (viewer.full_name, viewer.role, viewer.locations) == ("Vi", "shift-lead", [yard])
    assert at_host("acme.localhost", pair["accessToken"]).get("auth/me").status == 401


def test_a_member_comes_and_goes(browser: Open, acme: TenantRef) -> None:
    admin = browser("admin")
    form = {"email": "new@acme.example", "full_name": "New", "role": "viewer", "places": ""}

    assert admin.post("/admin/identity/member/add/", **form).status_code == 302
    made = member_of("new@acme.example", acme)
    assert "member already" in admin.post("/admin/identity/member/add/", **form).content.decode()
    assert admin.post(f"/admin/identity/member/{made.id}/delete/", post="yes").status_code == 302

    with tenancy.public():
        assert not Membership.everybody.filter(id=made.id).exists()


def test_one_who_is_shut_out_is_seen_and_let_in(browser: Open, acme: TenantRef) -> None:
    viewer, admin = member_of("viewer@acme.example", acme), browser("admin")
    path, form = f"/admin/identity/member/{viewer.id}/change/", {"full_name": "", "role": "viewer", "places": ""}

    assert admin.post(path, **form).status_code == 302  # is_active left out: unticked
    assert not member_of("viewer@acme.example", acme).is_active
    assert "viewer@acme.example" in admin.get("/admin/identity/member/").content.decode()
    assert browser("root", None).get(f"/admin/identity/membership/{viewer.id}/change/").status_code == 200
    assert admin.post(path, **form, is_active="on").status_code == 302

    assert member_of("viewer@acme.example", acme).is_active


def test_what_the_command_refuses_is_told_on_the_form(browser: Open, acme: TenantRef) -> None:
    owner, viewer = member_of("owner@acme.example", acme), member_of("viewer@acme.example", acme)
    admin = browser("admin")
    form = {"full_name": "", "role": "viewer", "places": "", "is_active": "on"}
    with nothing_written():
        page = admin.post(f"/admin/identity/member/{owner.id}/change/", **form)
        assert "You can give and take only what you hold yourself" in page.content.decode()
        page = admin.post(f"/admin/identity/member/{viewer.id}/change/", **form | {"role": "owner"})
        assert "You can give and take only what you hold yourself" in page.content.decode()
        page = admin.post(f"/admin/identity/member/{viewer.id}/change/", **form | {"places": "north"})
        assert "Write one id of a location a line" in page.content.decode()


def test_an_own_role_is_made_changed_and_deleted(browser: Open, acme: TenantRef) -> None:
    owner = browser("owner")

    made = owner.post("/admin/identity/ownrole/add/", name="clerk", permissions=["rates:read"])
    assert made.status_code == 302, made.content.decode()
    with tenancy.public():
        role = OwnRole.objects.get(name="clerk")
    path = f"/admin/identity/ownrole/{role.id}"
    changed = owner.post(f"{path}/change/", permissions=["rates:read", "rates:write"], seen_version="1")
    assert changed.status_code == 302, changed.content.decode()
    stale = owner.post(f"{path}/change/", permissions=["rates:read"], seen_version="1")
    assert "Someone changed this since you read it" in stale.content.decode()
    with tenancy.public():
        role.refresh_from_db()
    assert (role.permissions, role.version) == (["rates:read", "rates:write"], 2)
    assert owner.post(f"{path}/delete/", post="yes").status_code == 302
    with tenancy.public():
        assert not OwnRole.objects.exists()


def test_keys_are_revoked_and_show_no_secret(browser: Open, acme: TenantRef) -> None:
    machine = with_key(("entries", "read"))
    assert machine.get("parking/entries").status == 200
    with tenancy.public():
        secret = ApiKeySecret.objects.select_related("key").get()
    owner, row = browser("owner"), f"/admin/identity/apikey/{secret.key_id}/change/"

    pages = owner.get("/admin/identity/apikey/").content.decode() + owner.get(row).content.decode()
    assert machine.key not in pages
    assert bytes(secret.digest).hex() not in pages
    auditor = browser("auditor")
    auditor.post("/admin/identity/apikey/", action="revoke", _selected_action=str(secret.key_id))
    assert machine.get("parking/entries").status == 200, "an auditor only looks"
    owner.post("/admin/identity/apikey/", action="revoke", _selected_action=str(secret.key_id))

    with tenancy.public():
        assert ApiKey.objects.get().revoked_at is not None


def test_the_platform_sees_members_and_no_secrets(browser: Open, acme: TenantRef) -> None:
    root = browser("root", None)

    assert root.get("/admin/identity/apikey/").status_code == 404
    assert root.get("/admin/identity/ownrole/").status_code == 404
    assert "viewer@acme.example" in root.get("/admin/identity/membership/").content.decode()
    assert user_id("viewer@acme.example")
