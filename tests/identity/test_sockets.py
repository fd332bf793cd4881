"""Who may open a WebSocket, and how long it stays open."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from apps.auth.sockets import SocketAuthentication
from apps.core import tenancy
from apps.parking.consumers import routes
from tests.factories.api import Api

pytestmark = pytest.mark.usefixtures("own_database")
HOST = b"acme.localhost:8000"


async def _open(headers: dict[bytes, bytes], token: str | None = None) -> ApplicationCommunicator:
    scope = {
        "type": "websocket",
        "path": "/ws/occupancy/",
        "headers": list(headers.items()),
        "subprotocols": ["bearer", token] if token else [],
    }
    socket = ApplicationCommunicator(SocketAuthentication(URLRouter(routes)), scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(timeout=5))["type"] == "websocket.accept"
    return socket


async def _first(headers: dict[bytes, bytes], token: str | None = None) -> dict[str, object]:
    socket = await _open(headers, token)
    message = await socket.receive_output(timeout=5)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(timeout=5)
    return message


def _cookie() -> bytes:
    page = Api(host="acme.localhost").client
    page.post(
        "/sign-in/", {"email": "operator@acme.example", "password": "parking-demo"}, headers={"host": "acme.localhost"}
    )
    return f"parking_session={page.cookies['parking_session'].value}".encode()


def test_a_token_needs_no_origin(acme):
    api = Api.signed_in("operator@acme.example", "acme")
    message = asyncio.run(_first({b"host": HOST}, api.token))
    assert message["type"] == "websocket.send"
    assert '"snapshot"' in str(message["text"])


@pytest.mark.parametrize("host", [b"globex.localhost:8000", b"nope.localhost:8000"])
def test_a_token_is_good_at_its_own_host_alone(acme, globex, host):
    api = Api.signed_in("operator@acme.example", "acme")
    message = asyncio.run(_first({b"host": host}, api.token))
    assert (message["type"], message["code"]) == ("websocket.close", 4401)


def test_a_cookie_counts_for_our_own_page_alone(acme):
    cookie = _cookie()
    own = asyncio.run(_first({b"host": HOST, b"cookie": cookie, b"origin": b"http://acme.localhost:8000"}))
    assert own["type"] == "websocket.send"
    for origin in (b"http://globex.localhost:8000", b"http://evil.example", b""):
        other = asyncio.run(_first({b"host": HOST, b"cookie": cookie, b"origin": origin}))
        assert (other["type"], other["code"]) == ("websocket.close", 4401), origin


def test_signing_out_closes_what_is_open(acme):
    api = Api.signed_in("operator@acme.example", "acme")

    async def scenario() -> dict[str, object]:
        socket = await _open({b"host": HOST}, api.token)
        assert (await socket.receive_output(timeout=5))["type"] == "websocket.send"
        await tenancy.in_thread(_end_sign_in, api.token)
        return await socket.receive_output(timeout=10)

    assert asyncio.run(scenario())["code"] == 4401


def _end_sign_in(token: str) -> None:
    from apps.auth import live_sessions, tokens
    from apps.auth.models import SignInSession
    from apps.core import clock

    session_id = tokens.read_access(token).session_id
    with tenancy.public():
        SignInSession.objects.filter(id=session_id).update(ended_at=clock.now(), ended_why="logout")
    live_sessions.mark_ended(session_id)
