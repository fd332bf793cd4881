"""A client of a served platform: HTTP over a real connection, and its live board over a WebSocket."""

import asyncio
import contextlib
import http.client
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.cookies import SimpleCookie
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PASSWORD = "parking-demo"
PATIENCE_SECONDS = 20.0


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)

    @property
    def cookies(self) -> dict[str, str]:
        given: SimpleCookie = SimpleCookie(self.headers.get("set-cookie", ""))
        return {name: morsel.value for name, morsel in given.items()}


@dataclass
class Site:
    """A tenant's host, as one person or machine uses it."""

    port: int
    host: str
    token: str | None = None
    refresh_token: str | None = None

    @classmethod
    def signed_in(cls, port: int, role: str, tenant: str) -> "Site":
        site = cls(port, f"{tenant}.localhost")
        pair = site.post("auth/login", {"email": f"{role}@{tenant}.example", "password": PASSWORD})
        assert pair.status == 200, pair
        site.token, site.refresh_token = pair.json["accessToken"], pair.json["refreshToken"]
        return site

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", path, body, headers)

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, *, chunked: bool = False
    ) -> Answer:
        """A request; `path` is below /api/v1/ unless it begins with a slash. Bytes and iterables go as they are."""
        address = path if path.startswith("/") else f"/api/v1/{path}"
        raw = (
            body
            if body is None or (isinstance(body, bytes | Iterable) and not isinstance(body, dict))
            else json.dumps(body)
        )
        given = {"Host": f"{self.host}:{self.port}", "Content-Type": "application/json", **(headers or {})}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            with contextlib.suppress(BrokenPipeError):  # refused before all of it was sent; the answer is there
                connection.request(method, address, raw, given, encode_chunked=chunked)
            response = connection.getresponse()
            answered = {name.lower(): value for name, value in response.getheaders()}
            cookies = response.headers.get_all("Set-Cookie") or []
            answered["set-cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)
            return Answer(response.status, answered, response.read())
        finally:
            connection.close()

    @asynccontextmanager
    async def board(
        self, *, token: str | None = None, origin: str | None = None, cookie: str | None = None
    ) -> AsyncIterator["Board"]:
        """The live board: by this site's token, or another, or a cookie; as a program, or as a page of `origin`."""
        token = token if token is not None or cookie is not None else self.token
        async with connect(
            f"ws://{self.host}:{self.port}/ws/occupancy/",
            host="127.0.0.1",
            port=self.port,
            subprotocols=[Subprotocol("bearer"), Subprotocol(token)] if token else None,
            origin=Origin(origin) if origin is not None else None,
            additional_headers={"Cookie": cookie} if cookie else None,
            open_timeout=PATIENCE_SECONDS,
            proxy=None,
        ) as socket:
            yield Board(socket)


class Board:
    """A live board's socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def read(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return dict(json.loads(await self.socket.recv(), parse_float=Decimal))

    async def read_until(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """All messages up to the first wanted one."""
        messages: list[dict[str, Any]] = []
        while not messages or not wanted(messages[-1]):
            messages.append(await self.read())
        return messages

    async def is_silent(self, seconds: float = 0.5) -> bool:
        """Whether nothing comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.socket.recv()
        except TimeoutError:
            return True
        return False

    async def close_code(self) -> int | None:
        """The code by which the server ends it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.socket.wait_closed()
        return self.socket.close_code
