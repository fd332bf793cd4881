"""The routes of WebSockets, walked: who is of another tenant, by whatever means, hears nothing but that it closes."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from apps.core.tenancy import TenantRef
from apps.parking.consumers import routes
from config.asgi import application
from tests.factories.api import Api
from tests.identity.access import with_key

pytestmark = pytest.mark.usefixtures("own_database")
PATHS = [f"/{route.pattern}" for route in routes]
NOT_SIGNED_IN = 4401


def heard(path: str, host: str, headers: dict[str, str], protocols: list[str]) -> list[dict[str, object]]:
    """All that a socket says before it closes, or its first message when it stays open."""
    lines = [(name.encode(), value.encode()) for name, value in ({"host": host} | headers).items()]

    async def scenario() -> list[dict[str, object]]:
        scope = {"type": "websocket", "path": path, "headers": lines, "subprotocols": protocols}
        socket = ApplicationCommunicator(application, scope)
        await socket.send_input({"type": "websocket.connect"})
        said = [await socket.receive_output(timeout=10)]
        if said[0]["type"] == "websocket.accept":
            said.append(await socket.receive_output(timeout=10))
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(timeout=10)
        return said

    return asyncio.run(scenario())


def cookie(role: str, tenant: str) -> dict[str, str]:
    host = f"{tenant}.localhost"
    client = Client(headers={"host": host})
    client.post("/sign-in/", {"email": f"{role}@{tenant}.example", "password": "parking-demo"})
    return {"cookie": f"parking_session={client.cookies['parking_session'].value}"}


@pytest.mark.parametrize("path", PATHS)
def test_another_tenant_hears_nothing(acme: TenantRef, globex: TenantRef, path: str) -> None:
    token = Api.signed_in("owner@globex.example", "globex").token
    key = with_key(("occupancy", "read"), tenant="globex").key
    page = cookie("owner", "globex") | {"origin": "http://acme.localhost"}
    for headers, protocols in (
        ({}, ["bearer", str(token)]),
        ({"authorization": f"Api-Key {key}"}, []),
        (page, []),
        ({}, []),
    ):
        last = heard(path, "acme.localhost", headers, protocols)[-1]
        assert (last["type"], last.get("code")) == ("websocket.close", NOT_SIGNED_IN), (headers, protocols)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_another_host_opens_none_with_the_cookie(acme: TenantRef, path: str) -> None:
    page = cookie("owner", "acme")
    for origin in ("http://globex.localhost", "http://attacker.example", "null", ""):
        last = heard(path, "acme.localhost", page | {"origin": origin}, [])[-1]
        assert (last["type"], last.get("code")) == ("websocket.close", NOT_SIGNED_IN), origin


@pytest.mark.parametrize("path", PATHS)
def test_control_the_tenants_own_people_hear(acme: TenantRef, path: str) -> None:
    token = Api.signed_in("owner@acme.example", "acme").token
    assert heard(path, "acme.localhost", {}, ["bearer", str(token)])[-1]["type"] == "websocket.send"
    page = cookie("owner", "acme") | {"origin": "http://acme.localhost"}
    assert heard(path, "acme.localhost", page, [])[-1]["type"] == "websocket.send"
