"""GET auth/sessions and DELETE auth/sessions/{id}: where one is signed in, and ending what one does not know."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from apps.auth.models import Membership, SignInSession, User
from apps.auth.tasks import forget_past
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.factories.api import Api
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.test_next_request import browser
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
HOST, EMAIL = "acme.localhost", "operator@acme.example"


def device(client: str, address: str = "203.0.113.9") -> Api:
    """Signed in by a program that calls itself so, from this address."""
    sender = Client(raise_request_exception=False, REMOTE_ADDR=address, HTTP_USER_AGENT=client)
    answer = Api(HOST, client=sender).post("auth/login", {"email": EMAIL, "password": PASSWORD})
    return at_host(HOST, answer.json["accessToken"])


def listed(api: Api, **query: object) -> list[Any]:
    answer = api.get("auth/sessions", **query)
    assert (answer.status, answer["Cache-Control"]) == (200, "no-store")
    return list(answer.json["items"])


def open_sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.filter(ended_at=None).count()


def test_one_sees_all_of_ones_own(acme: TenantRef) -> None:
    phone = device("Phone/1.0")
    page = browser()
    login("manager@acme.example", host=HOST)

    seen = listed(phone)

    assert [(one["kind"], one["tenant"], one["current"]) for one in seen] == [
        ("token", "acme", True),
        ("page", "acme", False),
    ]
    assert (seen[0]["address"], seen[0]["client"]) == ("203.0.113.9", "Phone/1.0")
    assert seen[0].keys() == {
        "id", "kind", "tenant", "createdAt", "lastUsedAt", "expiresAt", "address", "client", "current",
    }  # fmt: skip
    assert [one["current"] for one in listed(page)] == [False, True]


def test_those_in_other_tenants_are_listed_too(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.public():
        Membership.objects.create(user=User.objects.get(email=EMAIL), tenant_id=globex.id, role="viewer")
    login(EMAIL, host="globex.localhost")

    assert [one["tenant"] for one in listed(device("here"))] == ["globex", "acme"]


def test_the_list_has_pages(acme: TenantRef) -> None:
    api, *_ = [device(f"program {number}") for number in range(3)]
    first = api.get("auth/sessions", pageSize=2).json

    rest = api.get("auth/sessions", pageSize=2, cursor=first["nextCursor"]).json

    assert [one["client"] for one in first["items"] + rest["items"]] == ["program 0", "program 1", "program 2"]
    assert rest["nextCursor"] is None


def test_ending_one_ends_it_alone(acme: TenantRef) -> None:
    phone, desk = device("phone"), device("desk")
    lost = next(one["id"] for one in listed(desk) if not one["current"])

    assert desk.delete(f"auth/sessions/{lost}").status == 204

    assert phone.get("auth/me").status == 401
    assert desk.get("auth/me").status == 200
    assert [one["client"] for one in listed(desk)] == ["desk"]
    assert_problem(desk.delete(f"auth/sessions/{lost}"), 404, "sign_in_not_found")


def test_ending_ones_own_is_signing_out(acme: TenantRef) -> None:
    api = device("here")
    (mine,) = listed(api)

    assert api.delete(f"auth/sessions/{mine['id']}").status == 204
    assert api.get("auth/me").status == 401


@pytest.mark.parametrize("whose", ["owner@acme.example", "operator@globex.example"])
def test_nobody_elses_is_ones_own(acme: TenantRef, globex: TenantRef, whose: str) -> None:
    theirs = device("theirs")
    (sign_in,) = listed(theirs)
    host = f"{whose.split('@')[1].split('.')[0]}.localhost"
    stranger = at_host(host, login(whose, host=host).json["accessToken"])
    before = open_sign_ins()

    assert_problem(stranger.delete(f"auth/sessions/{sign_in['id']}"), 404, "sign_in_not_found")
    assert_problem(stranger.delete(f"auth/sessions/{uuid4()}"), 404, "sign_in_not_found")

    assert open_sign_ins() == before
    assert theirs.get("auth/me").status == 200


def test_a_use_is_noted_within_the_minute(acme: TenantRef) -> None:
    start = clock.now().replace(microsecond=0)
    with time_machine.travel(start, tick=False):
        api = device("here")
    from apps.core.redis_client import client

    client().flushdb()
    with time_machine.travel(start + timedelta(minutes=3), tick=False):
        api.get("auth/me")
        (mine,) = listed(api)
    assert mine["lastUsedAt"] == (start + timedelta(minutes=3)).isoformat().replace("+00:00", "Z")


def test_what_a_program_calls_itself_is_cut_and_cleaned(acme: TenantRef) -> None:
    (mine,) = listed(device("x\x1b[31m" + "y" * 500))
    assert mine["client"] == ("x[31m" + "y" * 500)[:200]


def test_ended_and_run_out_sign_ins_are_deleted_after_thirty_days(acme: TenantRef) -> None:
    now = clock.now()
    ages = {"ended long ago": 31, "ended lately": 29}
    for why, days in ages.items():
        device(why)
        with tenancy.public():
            SignInSession.objects.filter(client=why).update(ended_at=now - timedelta(days=days), ended_why=why)
    device("ran out long ago")
    device("open")
    with tenancy.public():
        SignInSession.objects.filter(client="ran out long ago").update(expires_at=now - timedelta(days=31))

    app.tasks[forget_past.name].apply()

    with tenancy.public():
        left = SignInSession.objects.filter(user__email=EMAIL).values_list("client", flat=True)
        assert set(left) == {"ended lately", "open"}
