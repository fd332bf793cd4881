"""The live board over a real socket: a snapshot first, then every change, for its own tenant alone."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.parking.commands import mark_overstays
from tests.flows.site import Site
from tests.serving import Platform

SignIn = Callable[..., Site]


def plate(yard: str, number: int = 1) -> str:
    """A plate of this test's own: the tests of the file share a tenant."""
    return f"{yard[-8:]} {number}".upper()


async def come(gate: Site, yard: str, number: int = 1, **more: Any) -> None:
    body = {"vehicleNumber": plate(yard, number), "vehicleType": "car", "locationId": yard} | more
    answer = await asyncio.to_thread(gate.post, "parking/entries", body)
    assert answer.status == 201, answer


async def go(gate: Site, yard: str, number: int = 1) -> None:
    answer = await asyncio.to_thread(gate.post, "parking/exits", {"vehicleNumber": plate(yard, number)})
    assert answer.status == 201, answer


def state_of(yard: str, occupied: int) -> Callable[[dict[str, Any]], bool]:
    return lambda message: (
        message["type"] == "occupancy" and message["locationId"] == yard and message["occupied"] == occupied
    )


def test_a_snapshot_first_then_each_change_with_rising_versions(sign_in: SignIn, yard: str) -> None:
    gate = sign_in()

    async def watch() -> None:
        async with gate.board() as board:
            snapshot = await board.read()
            assert snapshot["type"] == "snapshot"
            (here,) = [place for place in snapshot["locations"] if place["locationId"] == yard]
            assert (here["occupied"], here["total"]) == (0, 5)
            seen = [here["version"]]
            for count in (1, 2, 3):
                await come(gate, yard, count)
                messages = await board.read_until(state_of(yard, count))
                (moved,) = [message for message in messages if message["type"] == "movement"]
                assert (moved["kind"], moved["vehicleNumber"], moved["locationId"]) == (
                    "entered",
                    plate(yard, count),
                    yard,
                )
                seen.append(messages[-1]["version"])
                assert messages[-1]["available"] == 5 - count
            await go(gate, yard)
            messages = await board.read_until(state_of(yard, 2))
            assert [message["kind"] for message in messages if message["type"] == "movement"] == ["exited"]
            seen.append(messages[-1]["version"])
            assert seen == sorted(set(seen))
            assert messages[-1].keys() >= {"locationId", "occupied", "available", "version", "asOf"}

    asyncio.run(watch())


def test_what_an_operator_changes_is_shown_too(sign_in: SignIn, yard: str) -> None:
    manager = sign_in("manager")

    async def watch() -> None:
        async with manager.board() as board:
            await board.read()
            await asyncio.to_thread(manager.patch, f"parking/locations/{yard}", {"capacity": 9})
            (message,) = await board.read_until(state_of(yard, 0))
            assert (message["total"], message["available"]) == (9, 9)

    asyncio.run(watch())


def test_another_tenant_sees_nothing_of_it(sign_in: SignIn, yard: str) -> None:
    gate, stranger = sign_in(), sign_in("owner", "globex")

    async def watch() -> None:
        async with gate.board() as ours, stranger.board() as theirs:
            await ours.read()
            snapshot = await theirs.read()
            assert yard not in [place["locationId"] for place in snapshot["locations"]]
            await come(gate, yard)
            await ours.read_until(state_of(yard, 1))
            assert await theirs.is_silent()

    asyncio.run(watch())


def test_twenty_boards_are_told_the_same(sign_in: SignIn, yard: str) -> None:
    gate = sign_in()

    async def watch() -> list[list[dict[str, Any]]]:
        async with AsyncExitStack() as stack:
            boards = await asyncio.gather(*(stack.enter_async_context(gate.board()) for _ in range(20)))
            await asyncio.gather(*(board.read() for board in boards))
            for number in range(3):
                await come(gate, yard, number)
            return list(await asyncio.gather(*(board.read_until(state_of(yard, 3)) for board in boards)))

    first, *others = asyncio.run(watch())
    assert [message["vehicleNumber"] for message in first if message["type"] == "movement"] == [
        plate(yard, number) for number in range(3)
    ]
    assert all(other == first for other in others)


def test_a_board_that_comes_late_shows_what_the_others_show(sign_in: SignIn, yard: str) -> None:
    """Old state and messages make the same as a fresh snapshot."""
    gate = sign_in()

    async def watch() -> None:
        async with gate.board() as early:
            shown = {place["locationId"]: place for place in (await early.read())["locations"]}
            for number in range(5):
                await come(gate, yard, number, vehicleType="van")
            await go(gate, yard, 2)
            for message in await early.read_until(lambda m: m["type"] == "movement" and m["kind"] == "exited"):
                _apply(shown, message)
            for message in await early.read_until(state_of(yard, 4)):
                _apply(shown, message)
            async with gate.board() as late:
                snapshot = {place["locationId"]: place for place in (await late.read())["locations"]}
        for name in ("total", "occupied", "available", "overstays", "version"):
            assert shown[yard][name] == snapshot[yard][name]
        told = [
            {"vehicleType": kind["vehicleType"], "occupied": kind["occupied"]}
            for kind in snapshot[yard]["byVehicleType"]
        ]
        assert shown[yard]["byVehicleType"] == told

    asyncio.run(watch())


def _apply(shown: dict[str, dict[str, Any]], message: dict[str, Any]) -> None:
    if message["type"] == "occupancy" and message["version"] > shown[message["locationId"]]["version"]:
        shown[message["locationId"]] |= message


@pytest.mark.parametrize("token", ["", "let-me-in", "aGVhZA.Ym9keQ.c2lnbg"])
def test_without_a_good_token_the_board_closes_with_4401(platform: Platform, token: str) -> None:
    assert asyncio.run(close_code(Site(platform.port, "acme.localhost"), token=token)) == 4401


def test_a_token_of_another_tenant_or_of_an_ended_sign_in_is_none(sign_in: SignIn) -> None:
    gone, stranger = sign_in(), sign_in("owner", "globex")
    assert gone.post("auth/logout", {"refreshToken": gone.refresh_token}).status == 204
    stranger.host = "acme.localhost"

    assert [asyncio.run(close_code(site)) for site in (gone, stranger)] == [4401, 4401]


def test_at_the_platforms_host_the_token_names_the_tenant(sign_in: SignIn, yard: str) -> None:
    gate = sign_in()
    gate.host = "localhost"

    async def watch() -> dict[str, Any]:
        async with gate.board() as board:
            assert board.socket.subprotocol == "bearer"
            return await board.read()

    assert yard in [place["locationId"] for place in asyncio.run(watch())["locations"]]


def test_a_page_watches_by_its_session_cookie_from_its_own_origin_alone(platform: Platform, yard: str) -> None:
    page = Site(platform.port, "acme.localhost")
    here = f"http://acme.localhost:{platform.port}"
    cookie = sign_in_by_page(page, here)

    async def watch(origin: str) -> dict[str, Any]:
        async with page.board(cookie=cookie, origin=origin) as board:
            return await board.read()

    assert yard in [place["locationId"] for place in asyncio.run(watch(here))["locations"]]
    for elsewhere in ("https://evil.example", "null", f"http://globex.localhost:{platform.port}", "http://[", ""):
        assert asyncio.run(close_code(page, cookie=cookie, origin=elsewhere)) == 4401


async def close_code(site: Site, **terms: str) -> int | None:
    async with site.board(**terms) as board:
        return await board.close_code()


def test_a_dashboard_of_another_origin_watches_by_its_token(sign_in: SignIn, yard: str) -> None:
    gate = sign_in()

    async def watch() -> dict[str, Any]:
        async with gate.board(origin="https://dashboards.example") as board:
            return await board.read()

    assert yard in [place["locationId"] for place in asyncio.run(watch())["locations"]]


def sign_in_by_page(page: Site, origin: str) -> str:
    """Fill in the form of the sign-in page; the cookies that a browser would send afterwards."""
    form = page.get("/sign-in/", Accept="text/html")
    csrf = form.cookies["csrftoken"]
    fields = f"csrfmiddlewaretoken={csrf}&email=operator%40acme.example&password=parking-demo&next=/"
    signed_in = page.send(
        "POST",
        "/sign-in/",
        fields.encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={csrf}",
            "Origin": origin,
        },
    )
    assert signed_in.status == 302, signed_in
    return "; ".join(f"{name}={value}" for name, value in (form.cookies | signed_in.cookies).items())


def test_a_cookie_carried_to_another_tenants_host_is_nobodys(platform: Platform) -> None:
    cookie = sign_in_by_page(Site(platform.port, "acme.localhost"), f"http://acme.localhost:{platform.port}")

    there = Site(platform.port, "globex.localhost")
    origin = f"http://globex.localhost:{platform.port}"
    assert asyncio.run(close_code(there, cookie=cookie, origin=origin)) == 4401


def test_an_overstay_is_shown(sign_in: SignIn, yard: str) -> None:
    gate, now = sign_in(), datetime.now(UTC)
    times = {
        "entryTime": (now - timedelta(hours=2)).isoformat(),
        "expectedExitTime": (now - timedelta(hours=1)).isoformat(),
    }
    asyncio.run(come(gate, yard, **times))

    async def watch() -> None:
        async with gate.board() as board:
            await board.read()
            assert await asyncio.to_thread(mark_here, now) == 1
            messages = await board.read_until(lambda m: m["type"] == "occupancy" and m["overstays"] == 1)
            assert [message["kind"] for message in messages if message["type"] == "movement"] == ["overstay"]

    asyncio.run(watch())


def mark_here(at: datetime) -> int:
    try:
        return mark_overstays(at=at)
    finally:
        connection.close()
