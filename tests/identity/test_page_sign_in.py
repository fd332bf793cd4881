"""Signing in by cookie: for one host alone, with a new session key each time."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from apps.auth import attempts
from apps.auth.commands.credentials import InvalidCredentials
from apps.auth.commands.members import change_role, deactivate_user
from apps.auth.commands.page_sign_in import sign_in_page, sign_out_page
from apps.auth.models import Membership
from apps.auth.page_sessions import SessionStore
from apps.auth.security.rules import DEFAULTS
from apps.auth.tenant_choice import NotAMember
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM, Actor
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD

pytestmark = pytest.mark.django_db


def form(session_key: str | None = None, address: str = "127.0.0.1") -> HttpRequest:
    """A request as a page's view gets it."""
    request = HttpRequest()
    request.META |= {"REMOTE_ADDR": address, "HTTP_HOST": "acme.localhost"}
    request.session = SessionStore(session_key)
    return request


def sign_in(email: str, tenant: TenantRef | None, request: HttpRequest | None = None) -> tuple[Actor, str]:
    """Who is signed in now, and the key of the session."""
    request = request or form()
    if tenant is None:
        actor = sign_in_page(request, email=email, password=PASSWORD)
    else:
        with tenancy.enter(tenant):
            actor = sign_in_page(request, email=email, password=PASSWORD)
    request.session.save()
    assert request.session.session_key is not None
    return actor, request.session.session_key


def me(session_key: str, host: str) -> Reply:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    return Api(host, client=client).get("auth/me")


def test_a_member_signs_in_on_the_tenants_host(acme: TenantRef) -> None:
    actor, key = sign_in("operator@acme.example", acme)

    assert (actor.role, actor.tenant_id) == ("operator", acme.id)
    assert me(key, "acme.localhost").json["role"] == "operator"


def test_the_cookie_is_nobodys_on_another_host(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.public():
        member = Membership.objects.get(user__email="operator@acme.example")
        Membership.objects.create(user_id=member.user_id, tenant_id=globex.id, role="owner")
    _, key = sign_in("operator@acme.example", acme)

    assert me(key, "globex.localhost").status == 401, "even for one who is a member there too"
    assert me(key, "localhost").status == 401


def test_the_session_gets_a_new_key_each_time(acme: TenantRef) -> None:
    _, first = sign_in("operator@acme.example", acme)
    _, second = sign_in("operator@acme.example", acme, form(first))

    assert first != second
    assert me(first, "acme.localhost").status == 401
    assert me(second, "acme.localhost").status == 200


def test_a_platform_administrator_signs_in_on_the_platforms_host_alone(acme: TenantRef) -> None:
    actor, key = sign_in("root@parking.example", None)

    assert actor.is_platform_admin
    assert me(key, "localhost").json["user"]["email"] == "root@parking.example"
    with pytest.raises(NotAMember):
        sign_in("root@parking.example", acme)
    with pytest.raises(NotAMember):
        sign_in("owner@acme.example", None)


def test_a_stranger_and_a_wrong_password_leave_no_session(acme: TenantRef) -> None:
    request = form()
    with tenancy.enter(acme):
        with pytest.raises(NotAMember):
            sign_in_page(request, email="owner@globex.example", password=PASSWORD)
        with pytest.raises(InvalidCredentials):
            sign_in_page(request, email="owner@acme.example", password="wrong-password")

    assert request.session.session_key is None
    assert request.session.is_empty()


def test_failures_are_counted_with_those_of_the_api(acme: TenantRef) -> None:
    address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"
    with tenancy.enter(acme):
        for _ in range(DEFAULTS.max_login_attempts):
            with pytest.raises(InvalidCredentials):
                sign_in_page(form(address=address), email="owner@acme.example", password="wrong-password")
        with pytest.raises(attempts.TooManyAttempts):
            sign_in_page(form(address=address), email="owner@acme.example", password=PASSWORD)


def test_signing_out_ends_the_session(acme: TenantRef) -> None:
    _, key = sign_in("operator@acme.example", acme)

    with tenancy.enter(acme):
        sign_out_page(form(key))

    assert me(key, "acme.localhost").status == 401


def test_a_new_role_counts_at_once_and_a_deactivation_ends_it(acme: TenantRef) -> None:
    _, key = sign_in("viewer@acme.example", acme)
    with tenancy.public():
        member = Membership.objects.get(user__email="viewer@acme.example")

    change_role(membership_id=member.id, role="auditor", actor=SYSTEM, at=clock.now())
    assert me(key, "acme.localhost").json["role"] == "auditor"

    deactivate_user(user_id=member.user_id, at=clock.now())
    assert me(key, "acme.localhost").status == 401


def test_a_write_by_cookie_needs_the_csrf_token(acme: TenantRef) -> None:
    _, key = sign_in("operator@acme.example", acme)
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = key

    refused = Api("acme.localhost", client=client).post("auth/switch-tenant", {"tenant": "acme"})

    assert (refused.status, refused.code) == (403, "csrf_failed")
