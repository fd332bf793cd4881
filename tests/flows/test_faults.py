"""Processes that die and servers that go away: vehicles still come and go, and no event is lost."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config.launcher.redis_server import find_server
from tests.flows.site import Board, Site
from tests.serving import RELAY, WEB, Platform, free_port, served

pytestmark = pytest.mark.usefixtures("own_database")
PATIENCE_SECONDS = 30.0


class OwnRedis:
    """A Redis of this test alone, which may go away."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = [
            str(find_server()),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        wait_until(lambda: _answers(client))
        client.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def platform(own_database: None, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Platform]:
    with served(tmp_path, REDIS_URL=own_redis.url) as platform:
        yield platform


@pytest.fixture
def gate(platform: Platform) -> Site:
    return Site.signed_in(platform.port, "operator", "acme")


@pytest.fixture
def yard(platform: Platform) -> str:
    owner = Site.signed_in(platform.port, "owner", "acme")
    return str(owner.post("parking/locations", {"name": "North yard", "capacity": 100}).json["id"])


def come(gate: Site, yard: str, number: int) -> None:
    body = {"vehicleNumber": f"MH {number}", "vehicleType": "car", "locationId": yard}
    answer = gate.post("parking/entries", body)
    assert answer.status == 201, answer


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def undelivered() -> int:
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        tables = ("core_shared_eventoutbox", "core_shared_delivery")
        counts = [session.execute(f"SELECT count(*) FROM public.{table}").fetchone() for table in tables]
    return sum(int(count[0]) for count in counts if count)


async def shows(board: Board, yard: str, occupied: int) -> list[dict[str, Any]]:
    return await board.read_until(
        lambda m: m["type"] == "occupancy" and m["locationId"] == yard and m["occupied"] == occupied
    )


def test_a_relay_that_is_killed_loses_nothing(platform: Platform, gate: Site, yard: str) -> None:
    async def watch() -> list[dict[str, Any]]:
        async with gate.board() as board:
            await board.read()
            messages = []
            for turn in range(3):
                await asyncio.to_thread(come, gate, yard, turn * 2)
                messages += await shows(board, yard, turn * 2 + 1)
                platform.stop("relay", kill=True)
                await asyncio.to_thread(come, gate, yard, turn * 2 + 1)
                platform.start("relay", RELAY)
                messages += await shows(board, yard, turn * 2 + 2)
            return messages

    messages = asyncio.run(watch())
    moved = [message["vehicleNumber"] for message in messages if message["type"] == "movement"]
    assert list(dict.fromkeys(moved)) == [f"MH {number}" for number in range(6)]
    versions = [message["version"] for message in messages if message["type"] == "occupancy"]
    assert versions == sorted(set(versions))
    wait_until(lambda: undelivered() == 0)


def test_a_relay_that_is_asked_to_stop_stops(platform: Platform, gate: Site, yard: str) -> None:
    come(gate, yard, 1)
    wait_until(lambda: undelivered() == 0)  # before it is at work it has no way yet to stop but the signal's own
    process = platform.processes["relay"]
    process.terminate()
    assert process.wait(10) == 0
    assert "Traceback" not in platform.log_of("relay")


def test_while_redis_is_away_vehicles_come_and_go_and_the_boards_learn_it_later(
    platform: Platform, own_redis: OwnRedis, gate: Site, yard: str
) -> None:
    async def watch() -> None:
        async with gate.board() as board:
            await board.read()
            await asyncio.to_thread(come, gate, yard, 1)
            await shows(board, yard, 1)
            own_redis.stop()
            for number in (2, 3):
                await asyncio.to_thread(come, gate, yard, number)
            left = await asyncio.to_thread(gate.post, "parking/exits", {"vehicleNumber": "MH 1"})
            assert left.status == 201
            seen = await asyncio.to_thread(gate.get, "parking/occupancy")
            assert (seen.status, seen.json["occupied"]) == (200, 2)
            assert (await asyncio.to_thread(gate.get, "/ready")).status == 503
            assert undelivered() >= 3
            await asyncio.to_thread(own_redis.start)
            await asyncio.to_thread(wait_until, lambda: undelivered() == 0)
            async with gate.board() as again:
                snapshot = await again.read()
                assert snapshot["occupied"] == 2
                await asyncio.to_thread(come, gate, yard, 4)
                await shows(again, yard, 3)

    asyncio.run(watch())
    assert gate.get("/ready").status == 200


def test_a_web_server_that_is_killed_in_the_middle_leaves_nothing_and_the_repeat_acts_once(
    platform: Platform, gate: Site, yard: str
) -> None:
    body = {"vehicleNumber": "MH 2", "vehicleType": "car", "locationId": yard}
    once = {"Idempotency-Key": "half-done"}
    with psycopg.connect(os.environ["DATABASE_URL"]) as holder, ThreadPoolExecutor(1) as caller:
        schema = holder.execute("SELECT schema_name FROM public.identity_tenant WHERE slug = 'acme'").fetchone()
        assert schema is not None
        holder.execute(f"SELECT FROM {schema[0]}.parking_occupancy FOR UPDATE")
        sent = caller.submit(gate.send, "POST", "parking/entries", body, once)
        wait_until(lambda: waits_for_a_lock(holder))
        platform.stop("web", kill=True)
        assert isinstance(sent.exception(30), OSError | HTTPException)
    platform.start("web", [*WEB, "--port", str(platform.port)])
    platform.wait_until_served()
    assert gate.get("parking/entries").json["items"] == []
    answers = [gate.send("POST", "parking/entries", body, once) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert gate.get("parking/occupancy").json["occupied"] == 1


def waits_for_a_lock(session: "psycopg.Connection[Any]") -> bool:
    session.execute("SELECT pg_stat_clear_snapshot()")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return session.execute(waiting).fetchone() != (0,)
