"""`allowedIpRanges` hold for every way in, from the next request on, and no header gets around them."""

import asyncio
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.auth.commands.security_rules import change_security_rules
from apps.auth.models import SignInSession
from apps.auth.sockets import SocketAuthentication
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.refusals import assert_problem, nothing_written

HOST, EMAIL = "acme.localhost", "operator@acme.example"
INSIDE, OUTSIDE, PROXY = "203.0.113.9", "198.51.100.1", "10.0.0.7"
PLACE = {"name": "Smuggled", "timezone": "UTC", "capacity": 5}


def allow(tenant: TenantRef, *ranges: str) -> None:
    change_security_rules(
        tenant_id=tenant.id,
        changes={"allowed_ip_ranges": ranges},
        expected_version=None,
        actor=SYSTEM,
        address="",
        confirmed=True,
        at=clock.now(),
    )


def at(address: str, token: str | None = None, **headers: str) -> Api:
    """A client at this address."""
    return Api(HOST, token=token, client=Client(raise_request_exception=False, REMOTE_ADDR=address, **headers))


def sign_in(address: str) -> Reply:
    return login(EMAIL, host=HOST, address=address)


def sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.count()


@pytest.mark.django_db
def test_a_sign_in_from_elsewhere_is_refused(acme: TenantRef) -> None:
    allow(acme, "203.0.113.0/24", "2001:db8::/32")

    assert_problem(sign_in(OUTSIDE), 403, "ip_not_allowed")
    assert sign_ins() == 0
    assert sign_in(INSIDE).status == 200
    assert sign_in("2001:db8:1::1").status == 200
    assert_problem(sign_in("2001:db9::1"), 403, "ip_not_allowed")


@pytest.mark.django_db
def test_a_token_is_refused_elsewhere_from_the_next_request_on(acme: TenantRef) -> None:
    token = login("owner@acme.example", host=HOST, address=OUTSIDE).json["accessToken"]
    assert at(OUTSIDE, token).get("auth/me").status == 200

    allow(acme, "203.0.113.0/24")

    with nothing_written():
        assert_problem(at(OUTSIDE, token).post("parking/locations", PLACE), 403, "ip_not_allowed")
    assert at(INSIDE, token).get("auth/me").status == 200
    allow(acme)
    assert at(OUTSIDE, token).get("auth/me").status == 200


@pytest.mark.django_db
def test_it_holds_at_the_platforms_host_too(acme: TenantRef) -> None:
    token = sign_in(OUTSIDE).json["accessToken"]
    allow(acme, "203.0.113.0/24")

    api = at(OUTSIDE, token)
    api.host = "localhost"
    assert_problem(api.get("auth/me"), 403, "ip_not_allowed")


@pytest.mark.django_db
def test_a_refresh_from_elsewhere_spends_nothing(acme: TenantRef) -> None:
    pair = sign_in(INSIDE).json
    allow(acme, "203.0.113.0/24")
    body = {"refreshToken": pair["refreshToken"]}

    assert_problem(at(OUTSIDE).post("auth/refresh", body), 403, "ip_not_allowed")

    assert at(INSIDE).post("auth/refresh", body).status == 200


@pytest.mark.django_db
def test_one_does_not_switch_into_a_tenant_that_does_not_allow_it(acme: TenantRef, globex: TenantRef) -> None:
    from apps.auth.models import Membership, User

    with tenancy.public():
        Membership.objects.create(user=User.objects.get(email=EMAIL), tenant_id=globex.id, role="viewer")
    token = sign_in(OUTSIDE).json["accessToken"]
    allow(globex, "203.0.113.0/24")

    assert_problem(at(OUTSIDE, token).post("auth/switch-tenant", {"tenant": "globex"}), 403, "ip_not_allowed")

    assert at(OUTSIDE, token).get("auth/me").status == 200, "the present sign-in stays"
    assert at(INSIDE, token).post("auth/switch-tenant", {"tenant": "globex"}).status == 200


@pytest.mark.django_db
def test_pages_hold_it_at_sign_in_and_afterwards(acme: TenantRef) -> None:
    page = Client(headers={"host": HOST}, REMOTE_ADDR=INSIDE)
    assert page.post("/sign-in/", {"email": EMAIL, "password": PASSWORD}).status_code == 302
    assert page.get("/").status_code == 200
    allow(acme, "203.0.113.0/24")

    assert page.get("/").status_code == 200
    assert page.get("/", REMOTE_ADDR=OUTSIDE).status_code == 302
    assert page.get("/api/v1/auth/me", REMOTE_ADDR=OUTSIDE).status_code == 401
    refused = page.post("/sign-in/", {"email": EMAIL, "password": PASSWORD}, REMOTE_ADDR=OUTSIDE)
    assert refused.status_code == 403
    assert "Your network address is not allowed here" in refused.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP"]
)
def test_a_header_from_a_stranger_gets_nobody_in(acme: TenantRef, name: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [f"{PROXY}/32"]
    token = sign_in(INSIDE).json["accessToken"]
    allow(acme, "203.0.113.0/24")
    value = f"for={INSIDE}" if name == "HTTP_FORWARDED" else INSIDE

    assert_problem(at(OUTSIDE, token, **{name: value}).get("auth/me"), 403, "ip_not_allowed")
    spoofed = f"{INSIDE}, {OUTSIDE}"
    assert_problem(at(PROXY, token, HTTP_X_FORWARDED_FOR=spoofed).get("auth/me"), 403, "ip_not_allowed")


@pytest.mark.django_db
def test_behind_a_proxy_of_ours_the_clients_own_address_counts(acme: TenantRef, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [f"{PROXY}/32"]
    allow(acme, "203.0.113.0/24")
    token = sign_in(INSIDE).json["accessToken"]

    assert at(PROXY, token, HTTP_X_FORWARDED_FOR=INSIDE).get("auth/me").status == 200
    assert_problem(at(PROXY, token).get("auth/me"), 403, "ip_not_allowed")


@pytest.mark.usefixtures("own_database")
def test_a_socket_from_elsewhere_is_nobodys(acme: TenantRef) -> None:
    token = at_host(HOST, sign_in(INSIDE).json["accessToken"]).token or ""
    allow(acme, "203.0.113.0/24")

    assert _identified(token, INSIDE) == "operator"
    assert _identified(token, OUTSIDE) is None


def _identified(token: str, address: str) -> str | None:
    seen: dict[str, Any] = {}

    async def consumer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.update(scope)

    scope = {
        "type": "websocket",
        "path": "/ws/",
        "client": (address, 5),
        "headers": [(b"host", HOST.encode())],
        "subprotocols": ["bearer", token],
    }
    asyncio.run(SocketAuthentication(consumer)(scope, None, None))
    return seen["actor"].role if seen["actor"] else None


@pytest.mark.django_db
def test_a_tenant_that_shut_itself_out_is_let_in_from_the_terminal(acme: TenantRef) -> None:
    owner = Api.signed_in("owner@acme.example", "acme")
    allow(acme, "192.0.2.0/24")
    assert_problem(owner.get("parking/locations"), 403, "ip_not_allowed")

    call_command("tenant", "admit", "acme")

    assert owner.get("parking/locations").status == 200
    newest = owner.get("audit", action="rules.changed").json["items"][0]
    assert newest["actorName"] == "platform"
    assert owner.get("rules/business-rules").json["security"]["allowedIpRanges"] == []
