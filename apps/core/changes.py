"""Hints that a tenant has changed: they wake the relay and age cached reads. Losing one costs time, never a fact.

A hint goes out after the commit. The relay sends it again when it delivers the event, and looks by itself every
second; so a crash between commit and hint leaves a cached read old until then.
"""

import contextlib
from collections.abc import Iterable

import redis
from django.db import transaction

from . import tenancy
from .redis_client import ask, client

WAKE_CHANNEL = "relay:wake"


def generation_key(schema: str) -> str:
    """The Redis counter that moves with every change of a tenant."""
    return f"{schema}:generation"


def announce() -> None:
    """Hint that the current tenant has changed: now, or when the open transaction commits."""
    schema = tenancy.current().schema
    if tenancy.in_transaction():
        transaction.on_commit(lambda: _send(schema))
    else:
        _send(schema)


def _send(schema: str) -> None:
    # readers go to the database while Redis is away, and it forgets the counter with the reads
    with contextlib.suppress(redis.RedisError):
        ask(("INCR", generation_key(schema)), ("PUBLISH", WAKE_CHANNEL, schema))


def age(schemas: Iterable[str]) -> None:
    """Make the cached reads of these tenants old: the relay does so for those whose hint was lost."""
    with contextlib.suppress(redis.RedisError):  # readers go to the database while Redis is away
        ask(*[("INCR", generation_key(schema)) for schema in schemas])


def cached_read(key: str) -> tuple[bytes | None, bytes | None]:
    """A read kept by `keep_read`, if nothing changed since; and the generation to keep a new one under.

    Both None when Redis is away.
    """
    schema = tenancy.current().schema
    try:
        ((generation, kept),) = ask(("MGET", generation_key(schema), f"{schema}:read:{key}"))
    except redis.RedisError:
        return None, None
    generation = generation or b"0"
    if kept is not None and kept.startswith(generation + b"|"):
        return kept[len(generation) + 1 :], generation
    return None, generation


def keep_read(key: str, generation: bytes | None, answer: bytes, *, seconds: int) -> None:
    """Keep a read made after its generation was asked for; a change in between makes it worthless by itself."""
    if generation is None:
        return
    with contextlib.suppress(redis.RedisError):
        client().set(f"{tenancy.current().schema}:read:{key}", generation + b"|" + answer, ex=seconds)
