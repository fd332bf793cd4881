"""Invitations: nobody gives what they don't hold, now or later; a link is good once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from apps.auth.models import Invitation, Membership, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, login
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
HOST, NEW, NEW_PASSWORD = "acme.localhost", "new.person@acme.example", "three blue ferries"


def token() -> str:
    found = re.search(r"/invitation/\?token=(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def accept(link: str, password: str = NEW_PASSWORD, *, host: str = HOST, **more: str) -> Reply:
    return Api(host).post("auth/invitations/accept", {"token": link, "password": password, **more})


def is_member(email: str, tenant: TenantRef) -> bool:
    with tenancy.public():
        return Membership.objects.filter(user__email=email, tenant_id=tenant.id).exists()


def test_a_stranger_becomes_a_member_with_a_password_of_their_own(api: SignIn, acme: TenantRef) -> None:
    made = api("admin").post("auth/invitations", {"email": " New.Person@acme.example", "role": "operator"})
    assert made.status == 201, made
    assert made.json["email"] == NEW
    assert [one["email"] for one in api("owner").get("auth/invitations").json["items"]] == [NEW]
    assert mail.outbox[-1].to == [NEW]
    assert "Admin Of Acme invites you to Acme as operator" in str(mail.outbox[-1].body)
    with tenancy.public():
        assert token().encode() not in bytes(Invitation.objects.get().digest or b"")
        assert not User.objects.filter(email=NEW).exists()

    assert accept(token(), fullName="New Person").status == 204

    signed_in = login(NEW, NEW_PASSWORD, host=HOST).json
    assert (signed_in["role"], signed_in["user"]["fullName"]) == ("operator", "New Person")
    assert api("owner").get("auth/invitations").json["items"] == []
    assert_problem(accept(token(), "another password of mine"), 403, "link_invalid")
    assert login(NEW, NEW_PASSWORD, host=HOST).status == 200


def test_who_has_an_account_proves_it_and_keeps_it(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    api("admin").post("auth/invitations", {"email": "viewer@globex.example", "role": "manager"})

    assert_problem(accept(token(), "not their password"), 401, "invalid_credentials")
    assert not is_member("viewer@globex.example", acme)

    assert accept(token(), PASSWORD, fullName="Somebody Else").status == 204
    assert login("viewer@globex.example", host=HOST).json["user"]["fullName"] == "Viewer Of Globex"


def test_nobody_invites_beyond_what_they_hold(api: SignIn, acme: TenantRef) -> None:
    body = {"email": NEW, "role": "owner"}
    assert_problem(api("admin").post("auth/invitations", body), 403, "grants_too_much")
    assert_problem(api("manager").post("auth/invitations", body | {"role": "viewer"}), 403, "not_permitted")
    assert_problem(api("owner").post("auth/invitations", body | {"role": "captain"}), 422, "invalid", role="unknown")
    assert_problem(api("owner").post("auth/invitations", body | {"email": "nonsense"}), 422, "invalid", email="invalid")
    with tenancy.public():
        assert not Invitation.objects.exists()
    assert mail.outbox == []


def test_an_invitation_falls_with_the_right_of_who_made_it(api: SignIn, acme: TenantRef) -> None:
    api("admin").post("auth/invitations", {"email": NEW, "role": "admin"})
    with tenancy.public():
        Membership.objects.filter(user__email="admin@acme.example", tenant_id=acme.id).update(role="viewer")

    assert_problem(accept(token()), 403, "grants_too_much")
    with tenancy.public():
        assert not User.objects.filter(email=NEW).exists()


def test_withdrawn_run_out_and_sent_again(api: SignIn, acme: TenantRef) -> None:
    admin = api("admin")
    made = admin.post("auth/invitations", {"email": NEW, "role": "viewer"}).json["id"]
    assert_problem(admin.post("auth/invitations", {"email": NEW, "role": "viewer"}), 409, "already_invited")
    first = token()
    assert admin.post(f"auth/invitations/{made}/resend").status == 200
    assert_problem(accept(first), 403, "link_invalid")
    with tenancy.public():
        Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert_problem(accept(token()), 403, "link_invalid")
    again = admin.post("auth/invitations", {"email": NEW, "role": "viewer"}).json["id"]
    assert admin.delete(f"auth/invitations/{again}").status == 204
    assert_problem(accept(token()), 403, "link_invalid")
    assert_problem(admin.delete(f"auth/invitations/{again}"), 404, "invitation_not_found")
    assert not is_member(NEW, acme)


def test_another_tenants_host_and_people_get_nowhere(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    made = api("admin").post("auth/invitations", {"email": NEW, "role": "viewer"}).json["id"]
    stranger = Api.signed_in("owner@globex.example", "globex")

    assert_problem(accept(token(), host="globex.localhost"), 403, "link_invalid")
    assert_problem(stranger.delete(f"auth/invitations/{made}"), 404, "invitation_not_found")
    assert_problem(stranger.post(f"auth/invitations/{made}/resend"), 404, "invitation_not_found")
    assert stranger.get("auth/invitations").json["items"] == []
    assert accept(token()).status == 204, "it is still open"


def test_a_weak_password_makes_nobody_a_member(api: SignIn, acme: TenantRef) -> None:
    api("admin").post("auth/invitations", {"email": NEW, "role": "viewer"})

    assert_problem(accept(token(), "short"), 422, "invalid", password="too_short")
    assert not is_member(NEW, acme)


def test_members_are_not_invited(api: SignIn, acme: TenantRef) -> None:
    body = {"email": "operator@acme.example", "role": "viewer"}
    assert_problem(api("admin").post("auth/invitations", body), 409, "already_a_member")


def test_the_page(api: SignIn, acme: TenantRef) -> None:
    api("admin").post("auth/invitations", {"email": NEW, "role": "viewer"})
    browser: Any = Client(headers={"host": HOST})
    assert "invites new.person@acme.example" in browser.get("/invitation/", {"token": token()}).content.decode()
    assert browser.get("/invitation/", {"token": "x"}).status_code == 403
    assert browser.post("/invitation/", {"token": token(), "password": "short"}).status_code == 422
    done = browser.post("/invitation/", {"token": token(), "password": NEW_PASSWORD, "full_name": "New"})
    assert "Welcome to Acme" in done.content.decode()
    assert is_member(NEW, acme)
