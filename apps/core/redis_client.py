"""The process's one Redis client: short time-outs, for what it holds can be had elsewhere."""

import os
from collections import deque
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

Connection = Any  # redis-py does not type its connections
Command = tuple[str | bytes | int, ...]


@lru_cache(maxsize=1)
def client() -> "redis.Redis":
    """A client with a pool of its own; safe to use from threads."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=1.0)


def ask(*commands: Command) -> list[Any]:
    """Send commands in one piece and give their replies.

    What `client()` does for every kind of deployment (retries, statistics, call-backs) costs 20 to 40 µs a call, twice
    in each request; this is for the gate's path alone. A connection that was closed while it lay idle is replaced, so
    a command may be sent twice. Raises redis.RedisError.
    """
    idle = _idle_connections(client())
    try:
        connection = idle.pop()
    except IndexError:
        connection = _connect()
    try:
        replies = _exchange(connection, commands)
    except redis.ConnectionError:
        connection = _connect()
        replies = _exchange(connection, commands)
    idle.append(connection)
    return replies


@lru_cache(maxsize=1)
def _idle_connections(owner: "redis.Redis") -> "deque[Connection]":
    # a deque's ends are safe between threads; one that is in use is in no deque
    idle: deque[Connection] = deque()
    os.register_at_fork(after_in_child=idle.clear)
    return idle


def _connect() -> Connection:
    pool = client().connection_pool
    connection = pool.connection_class(**pool.connection_kwargs)
    connection.connect()
    return connection


def _exchange(connection: Connection, commands: tuple[Command, ...]) -> list[Any]:
    try:
        connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()  # a reply that was not read must not be taken for that of the next command
        raise
