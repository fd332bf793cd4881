"""What ends a sign-in or changes its rights works on the next request, without asking the database each time."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from apps.auth import directory, tokens
from apps.auth.commands.ending import end_sessions_by_id, end_sessions_of_tenant
from apps.auth.commands.members import deactivate_user
from apps.auth.commands.passwords import set_password
from apps.auth.commands.platform_admins import set_platform_admin
from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.models import Membership, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef, TenantStatus
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.redis_traffic import redis_commands
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
HOST, EMAIL = "acme.localhost", "operator@acme.example"
CHECK = "auth/permissions/check?resource=entries&action=write"


def browser() -> Api:
    """Signed in by cookie."""
    page = Client(raise_request_exception=False)
    signed_in = page.post("/sign-in/", {"email": EMAIL, "password": PASSWORD}, headers={"host": HOST})
    assert signed_in.status_code == 302
    return Api(HOST, client=page)


def device() -> Api:
    """Signed in by token."""
    return at_host(HOST, login(EMAIL, host=HOST).json["accessToken"])


def user() -> User:
    with tenancy.public():
        return User.objects.get(email=EMAIL)


def deactivated() -> None:
    deactivate_user(user_id=user().id, at=clock.now())


def password_changed() -> None:
    set_password(email=EMAIL, password="three blue ferries", at=clock.now())


def membership_gone() -> None:
    """By whatever way: here without the command that would end the sign-ins."""
    with tenancy.public():
        Membership.objects.filter(user__email=EMAIL).delete()


def tenant_closed() -> None:
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    with tenancy.public():
        end_sessions_of_tenant(tenant_id=acme.id, why="tenant closed", at=clock.now())


@pytest.mark.parametrize("end", [deactivated, password_changed, tenant_closed])
@pytest.mark.parametrize("sign_in", [device, browser])
def test_the_next_request_is_nobodys(acme: TenantRef, sign_in: Callable[[], Api], end: Callable[[], None]) -> None:
    api = sign_in()
    assert api.get(CHECK).json == {"allowed": True}

    end()

    assert api.get(CHECK).status == 401
    assert api.get("parking/locations").status == 401


def test_a_membership_that_is_gone_is_noticed_by_the_page_at_once_and_by_a_token_within_a_minute(
    acme: TenantRef,
) -> None:
    page, token = browser(), device()
    assert page.get(CHECK).status == token.get(CHECK).status == 200

    membership_gone()

    assert page.get(CHECK).status == 401
    from apps.core.redis_client import client

    client().flushdb()  # as the minute's end
    assert token.get(CHECK).status == 401


def test_logging_out_by_cookie_leaves_the_cookie_worthless(acme: TenantRef) -> None:
    api = browser()
    key = api.client.cookies[settings.SESSION_COOKIE_NAME].value
    assert api.get(CHECK).status == 200

    api.client.post("/sign-out/", headers={"host": HOST})
    api.client.cookies[settings.SESSION_COOKIE_NAME] = key

    assert api.get(CHECK).status == 401


def test_a_page_whose_sign_in_was_ended_elsewhere_is_nobodys(acme: TenantRef) -> None:
    page = browser()
    (mine,) = page.get("auth/sessions").json["items"]

    end_sessions_by_id(session_ids=[UUID(mine["id"])], why="ended by the platform", at=clock.now())

    assert page.get(CHECK).status == 401
    assert page.client.get("/", headers={"host": HOST})["Location"].startswith("/sign-in/")


def test_a_platform_administrator_no_longer_is_one_on_the_next_request(acme: TenantRef) -> None:
    with tenancy.public():
        User.objects.create_superuser("second@parking.example", PASSWORD)
    api = at_host("localhost", login("root@parking.example", host="localhost").json["accessToken"])
    assert api.get("auth/me").json["user"]["isPlatformAdmin"] is True

    set_platform_admin(email="root@parking.example", is_platform_admin=False, at=clock.now())

    assert_problem(api.get("auth/me"), 401, "invalid_token")


def change_status(tenant: TenantRef, status: TenantStatus) -> None:
    """As another process does it: this one is told by Redis alone."""
    kept = dict(directory._cache)
    change_tenant(tenant_id=tenant.id, changes=TenantChanges(status=status), at=clock.now())
    directory._cache.update(kept)


@pytest.mark.parametrize("sign_in", [device, browser])
def test_to_a_closed_tenant_nobody_is_signed_in(acme: TenantRef, sign_in: Callable[[], Api]) -> None:
    api = sign_in()
    assert api.get(CHECK).status == 200

    change_status(acme, TenantStatus.CLOSED)

    assert api.get(CHECK).status in (401, 404)
    assert login(EMAIL, host="localhost", tenant="acme").code == "tenant_closed"
    assert login(EMAIL, host="localhost").code == "not_a_member"


@pytest.mark.parametrize("calls", [1, 20])
@override_settings(API_REQUESTS_PER_SENDER=0, API_REQUESTS_PER_TENANT=0)  # what these ask: tests/core/test_limits.py
def test_a_request_asks_redis_once_and_the_database_never(acme: TenantRef, calls: int) -> None:
    api = device()
    for _ in range(2):
        assert api.get(CHECK).status == 200  # what is remembered from here on

    with redis_commands() as asked, CaptureQueriesContext(connection) as queries:
        answers: list[Reply] = [api.get(CHECK) for _ in range(calls)]

    assert {answer.status for answer in answers} == {200}
    assert list(queries) == []
    assert [command.split()[0] for command in asked] == ["MGET"] * calls, asked
    assert f"signin:{tokens.read_access(api.token or '').session_id}" in asked[0]
