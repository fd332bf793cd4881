"""A token is good in its own tenant alone: on access, refresh, sign-out and at a socket."""

import asyncio
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from apps.auth import tokens
from apps.auth.sockets import SocketAuthentication
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from apps.parking.models import Location
from tests.factories.api import Api
from tests.identity.people import at_host, login


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["auth/me", "parking/locations", "parking/entries", "billing/rates"])
def test_at_another_tenants_host_it_opens_nothing(api: Callable[..., Api], globex: TenantRef, call: str) -> None:
    refused = at_host("globex.localhost", api("owner").token).get(call)

    assert (refused.status, refused.code) == (403, "tenant_mismatch")


@pytest.mark.django_db
def test_it_does_not_write_there_either(api: Callable[..., Api], globex: TenantRef) -> None:
    body = {"name": "Smuggled", "timezone": "UTC", "capacity": 5}

    refused = at_host("globex.localhost", api("owner").token).post("parking/locations", body)

    assert (refused.status, refused.code) == (403, "tenant_mismatch")
    with tenancy.enter(globex):
        assert not Location.objects.filter(name="Smuggled").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["auth/refresh", "auth/logout"])
def test_refresh_and_sign_out_check_it_too(acme: TenantRef, globex: TenantRef, call: str) -> None:
    pair = login("owner@acme.example", host="acme.localhost").json

    refused = Api("globex.localhost").post(call, {"refreshToken": pair["refreshToken"]})

    assert (refused.status, refused.code) == (403, "tenant_mismatch")
    assert at_host("acme.localhost", pair["accessToken"]).get("auth/me").status == 200


@pytest.mark.django_db
def test_on_the_platforms_host_the_token_says_which_tenant(api: Callable[..., Api], globex: TenantRef) -> None:
    for tenant in ("acme", "globex"):
        me = at_host("localhost", api("owner", tenant).token).get("auth/me")
        assert me.json["tenant"]["slug"] == tenant


@pytest.mark.django_db
def test_a_header_or_a_parameter_switches_nothing(api: Callable[..., Api], globex: TenantRef) -> None:
    headers = {"X-Tenant": "globex", "X-Tenant-Id": str(globex.id), "X-Forwarded-Host": "globex.localhost"}

    me = api("owner").get("auth/me", headers=headers, tenant="globex")

    assert me.json["tenant"]["slug"] == "acme"


@pytest.mark.django_db
def test_another_tenants_id_is_not_found(api: Callable[..., Api], globex: TenantRef) -> None:
    with tenancy.enter(globex):
        there = Location.objects.create(name="Only in globex", timezone="UTC")

    assert api("owner").get(f"parking/locations/{there.id}").status == 404


@pytest.mark.django_db
def test_a_claim_cannot_be_rewritten(api: Callable[..., Api], globex: TenantRef) -> None:
    claims = jwt.decode(api("owner").token or "", options={"verify_signature": False})
    claims["tid"] = str(globex.id)
    for forged in (
        jwt.encode(claims, "some-other-key-of-sufficient-length-0123", algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
    ):
        refused = at_host("globex.localhost", forged).get("auth/me")
        assert (refused.status, refused.code) == (401, "invalid_token")


@pytest.mark.django_db
def test_another_issuers_token_is_refused(acme: TenantRef, settings: Any) -> None:
    pair = login("owner@acme.example", host="acme.localhost").json
    claims = jwt.decode(pair["accessToken"], options={"verify_signature": False})
    claims["iss"] = "somebody-else"

    refused = at_host("acme.localhost", jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")).get("auth/me")

    assert refused.code == "invalid_token"


@pytest.mark.usefixtures("own_database")
def test_at_another_tenants_socket_it_is_nobodys(acme: TenantRef, globex: TenantRef) -> None:
    token = login("owner@acme.example", host="acme.localhost").json["accessToken"]

    assert _identified(token, "acme.localhost") == ("owner", "acme")
    assert _identified(token, "localhost") == ("owner", "acme")
    assert _identified(token, "globex.localhost") == (None, None)
    assert _identified("nonsense", "acme.localhost") == (None, None)
    assert tokens.read_access(token).tenant_id == acme.id


def _identified(token: str, host: str) -> tuple[str | None, str | None]:
    """The role and the tenant that a socket's consumer would be given."""
    seen: dict[str, Any] = {}

    async def consumer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.update(scope)

    headers = [(b"host", f"{host}:8000".encode())]
    scope = {"type": "websocket", "path": "/ws/", "headers": headers, "subprotocols": ["bearer", token]}
    asyncio.run(SocketAuthentication(consumer)(scope, None, None))
    actor, tenant = seen["actor"], seen["tenant"]
    return (actor.role if actor else None), (tenant.slug if tenant else None)
