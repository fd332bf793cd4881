"""The board's socket is held against the permission table, for people, narrowed people and keys."""

import asyncio
import json
from uuid import UUID

import pytest

from apps.auth.commands.members import MemberChanges, change_member
from apps.auth.models import Membership, OwnRole
from apps.auth.roles import PERMISSIONS, Role
from apps.auth.standing import standings_changed
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.identity.access import member, own_role, with_key
from tests.identity.test_sockets import HOST, _first, _open

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.mark.parametrize("role", [*Role, "occupancy:read", "entries:write"])
def test_who_may_open_it(acme: TenantRef, role: str) -> None:
    if role in PERMISSIONS:
        api, allowed = Api.signed_in(f"{role}@acme.example", "acme"), ("occupancy", "read") in PERMISSIONS[role]
    else:
        resource, _, action = role.partition(":")
        api, allowed = member(own_role("single", (resource, action))), resource == "occupancy"

    message = asyncio.run(_first({b"host": HOST}, api.token))

    assert message["type"] == ("websocket.send" if allowed else "websocket.close")
    assert allowed or message["code"] == 4403


def snapshot_of(headers: dict[bytes, bytes], token: str | None = None) -> set[str]:
    message = asyncio.run(_first({b"host": HOST} | headers, token))
    return {place["name"] for place in json.loads(str(message["text"]))["locations"]}


@pytest.fixture
def north(acme: TenantRef) -> UUID:
    with tenancy.enter(acme):
        open_location(name="South yard")
        return open_location(name="North yard")


def test_a_narrowed_member_sees_their_locations(acme: TenantRef, north: UUID) -> None:
    assert snapshot_of({}, member("operator", at=[north]).token) == {"North yard"}
    assert snapshot_of({}, member("operator").token) == {"North yard", "South yard"}


def test_a_key_opens_it_by_the_authorization_header(acme: TenantRef, globex: TenantRef, north: UUID) -> None:
    key = with_key(("occupancy", "read"), at=[north]).key
    assert snapshot_of({b"authorization": f"Api-Key {key}".encode()}) == {"North yard"}

    for host, wrong, code in (
        (b"globex.localhost", key, 4401),
        (HOST, "pk_000000000000_" + "x" * 43, 4401),
        (HOST, with_key(("entries", "write")).key, 4403),
    ):
        message = asyncio.run(_first({b"host": host, b"authorization": f"Api-Key {wrong}".encode()}))
        assert (message["type"], message["code"]) == ("websocket.close", code)


def test_a_narrowed_board_hears_of_its_locations_alone(acme: TenantRef, north: UUID) -> None:
    from channels.layers import get_channel_layer

    from apps.parking.live import group_of

    with tenancy.enter(acme):
        south = open_location(name="West yard")
    narrowed = member("operator", at=[north])

    async def scenario() -> str:
        socket = await _open({b"host": HOST}, narrowed.token)
        await socket.receive_output(timeout=5)
        frames = [
            {"text": f'{{"of": "{place}"}}', "location": str(place), **version}
            for place in (south, north)
            for version in ({}, {"version": 99})
        ]
        await get_channel_layer().group_send(group_of(acme), {"type": "occupancy.changed", "frames": frames})
        heard = [await socket.receive_output(timeout=5) for _ in range(2)]
        assert await socket.receive_nothing(timeout=0.2)
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(timeout=5)
        return "".join(str(message["text"]) for message in heard)

    heard = asyncio.run(scenario())
    assert heard.count(str(north)) == 2
    assert str(south) not in heard


@pytest.mark.parametrize("change", ["role", "locations"])
def test_an_open_board_closes_when_the_role_or_the_locations_change(acme: TenantRef, north: UUID, change: str) -> None:
    role = own_role("looker", ("occupancy", "read"))
    api = member(role, email="looker@people.example")

    def act() -> None:
        with tenancy.public():
            if change == "role":
                OwnRole.objects.filter(name=role).update(permissions=["rates:read"])
                standings_changed(tenant_id=acme.id)
                return
            membership = Membership.objects.get(user__email="looker@people.example")
        change_member(
            membership_id=membership.id,
            changes=MemberChanges(locations=frozenset({north})),
            actor=SYSTEM,
            at=clock.now(),
        )

    async def scenario() -> dict[str, object]:
        socket = await _open({b"host": HOST}, api.token)
        assert (await socket.receive_output(timeout=5))["type"] == "websocket.send"
        await tenancy.in_thread(act)
        return await socket.receive_output(timeout=10)  # type: ignore[no-any-return]

    assert asyncio.run(scenario())["code"] == 4401
