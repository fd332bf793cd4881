"""What a piece of code asks Redis, seen by Redis itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from apps.core.redis_client import client

_GREETINGS = ("HELLO", "AUTH", "CLIENT", "SELECT")  # of a connection that is opened now


@contextmanager
def redis_commands() -> Iterator[list[str]]:
    """The commands that reach this worker's database within, each with its arguments."""
    seen: list[str] = []
    here = str(client().connection_pool.connection_kwargs.get("db", 0))
    end = uuid4().hex
    with client().monitor() as monitor:
        yield seen
        client().echo(end)
        for command in monitor.listen():
            if end in str(command["command"]):
                return
            if str(command["db"]) == here and not str(command["command"]).startswith(_GREETINGS):
                seen.append(str(command["command"]))
