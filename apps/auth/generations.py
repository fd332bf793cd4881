"""What this process remembers of the database, and how it learns in the same request that it changed.

Each thing that is remembered has a mark in Redis, a random word that is replaced after every change. A request asks
for the marks with what it asks Redis anyway, so a change counts from the next request on and costs no round trip. A
change that Redis did not hear of, and one under a mark that Redis lost, is seen within `FRESH_SECONDS`.
"""

import secrets
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import redis
import structlog

from apps.core.redis_client import ask, client

log = structlog.get_logger(__name__)

FRESH_SECONDS = 60.0
FRESH_WITHOUT_REDIS_SECONDS = 5.0
_KEPT_SECONDS = 3600  # longer than anything is remembered

Mark = bytes | None
AWAY = b"redis is away"
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
_memories: list["Memory[Any, Any]"] = []


def mark_key(name: str) -> str:
    """Where the mark of this name lies in Redis."""
    return f"generation:{name}"


def announce_change(*, name: str) -> None:
    """Have every process read anew. Call it after the commit: before it, the old would be remembered as the new."""
    try:
        client().set(mark_key(name), secrets.token_bytes(8), ex=_KEPT_SECONDS)
    except redis.RedisError as error:
        log.warning("change_untold", what=name, error=str(error))


def read_mark(*, name: str) -> Mark:
    """The present mark, for what is not asked for on the way of a request."""
    try:
        (mark,) = ask(("GET", mark_key(name)))
    except redis.RedisError:
        return AWAY
    return bytes(mark) if mark is not None else None


class Memory(Generic[K, T]):
    """What `load` gave for a key, while the mark that it was read under stands."""

    def __init__(self, load: Callable[[K], T]) -> None:
        _memories.append(self)
        self._load = load
        self._kept: dict[K, tuple[Mark, float, T]] = {}

    def get(self, key: K, *, mark: Mark) -> T:
        """What is remembered under this mark, else what the database says now."""
        kept = self._kept.get(key)
        now = time.monotonic()
        allowed = FRESH_WITHOUT_REDIS_SECONDS if mark == AWAY else FRESH_SECONDS
        if kept is not None and (kept[0] == mark or mark == AWAY) and now - kept[1] < allowed:
            return kept[2]
        found = self._load(key)
        self._kept[key] = (mark, now, found)
        return found

    def at_hand(self, key: K) -> T | None:
        """What is remembered and not too old, whatever its mark; None where nothing is."""
        kept = self._kept.get(key)
        return kept[2] if kept is not None and time.monotonic() - kept[1] < FRESH_SECONDS else None

    def forget_one(self, key: K) -> None:
        self._kept.pop(key, None)

    def forget(self) -> None:
        self._kept.clear()


def forget_all() -> None:
    """Drop all that this process remembers, as when it is pointed at another database."""
    for memory in _memories:
        memory.forget()
