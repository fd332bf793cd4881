"""The two services under load: the product as in production, and the rival."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Server, free_port, serving
from bench.yard import Yard

WORKERS = 2


@contextmanager
def product(yard: Yard, *, threads: int, logs: Path) -> Iterator[Server]:
    """The `web` role as docs/operations.md starts it, with production settings; its access log goes into a file."""
    port = free_port()
    command = ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--workers", str(WORKERS)]
    # a thread that has nothing to do for half a minute would end, and its database session with it
    command += ["--blocking-threads", str(threads), "--blocking-threads-idle-timeout", "600"]
    command += ["--port", str(port), "config.wsgi:application"]
    with _granian(command, port, yard.environment, logs / "product.log") as server:
        yield server


@contextmanager
def rival(yard: Yard, *, keys: str, sessions: int, logs: Path) -> Iterator[Server]:
    """FastAPI with asyncpg, by granian's ASGI: faster here than uvicorn. `sessions` is for each of its two workers.

    It verifies the product's tokens by `keys`, a JWKS.
    """
    port = free_port()
    command = ["granian", "--interface", "asgi", "--http", "1", "--no-ws", "--workers", str(WORKERS)]
    command += ["--port", str(port), "bench.rival:app"]
    lots = json.dumps({lot.tenant_id: lot.schema for lot in yard.lots})
    environment = {**yard.environment, "RIVAL_LOTS": lots, "RIVAL_KEYS": keys, "RIVAL_SESSIONS": str(sessions)}
    with _granian(command, port, environment, logs / "rival.log") as server:
        yield server


@contextmanager
def _granian(command: list[str], port: int, environment: dict[str, str], log: Path) -> Iterator[Server]:
    with serving([sys.executable, "-m", *command], port=port, env=environment, log=log) as server:
        yield server
