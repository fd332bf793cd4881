"""How long the provider is waited for, and whether it is asked at all: a dead one must hold up nobody who asks us.

Whoever waits for an answer of ours is `hurried`: one try, a budget for all of it from the name's look-up to the last
byte, and none at all while the provider has failed lately. What works in the background takes its time and its tries.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Final, TypeVar

import redis

from apps.core.redis_client import ask

BUDGET_SECONDS: Final = 4.0
"""What one request of ours spends on waiting for the provider at most."""

DOWN_AFTER: Final = 3
"""So many failures, none of them older than `_REMEMBERED_SECONDS`, and the provider is taken for down."""

ASKED_EVERY_SECONDS: Final = 5
"""While it is taken for down, one who is hurried asks it so often, and finds out whether it is back."""

_REMEMBERED_SECONDS = 60
_AT_ONCE = 16  # more than that, of one process, and they wait within their budget
_T = TypeVar("_T")
_hurried: ContextVar[bool] = ContextVar("provider_hurried", default=False)


@contextmanager
def hurried() -> Iterator[None]:
    """Somebody waits for what is asked in here."""
    token = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(token)


def is_hurried() -> bool:
    """Whether somebody waits."""
    return _hurried.get()


def within_budget(call: Callable[[], _T]) -> _T:
    """What the call gives. Raises TimeoutError when the budget is spent; what was sent may have effects still."""
    waiting = _pool().submit(copy_context().run, call)
    try:
        return waiting.result(BUDGET_SECONDS)
    except TimeoutError:
        waiting.cancel()
        raise


def lets_through(provider: str) -> bool:
    """Whether the provider is to be asked now. Nobody knows while Redis is away: then the budget alone holds."""
    try:
        (failures,) = ask(("GET", failures_key(provider)))
        if int(failures or 0) < DOWN_AFTER:
            return True
        (first,) = ask(("SET", _turn_key(provider), "1", "NX", "EX", ASKED_EVERY_SECONDS))
    except redis.RedisError:
        return True
    return first is not None


def note_failure(provider: str) -> None:
    """It did not answer, or not sensibly."""
    with suppress(redis.RedisError):
        ask(("INCR", failures_key(provider)), ("EXPIRE", failures_key(provider), _REMEMBERED_SECONDS))


def note_answer(provider: str) -> None:
    """It answered; whatever was before is over."""
    with suppress(redis.RedisError):
        ask(("DEL", failures_key(provider), _turn_key(provider)))


def failures_key(provider: str) -> str:
    """Where the failures of all processes are counted."""
    return f"provider-failures:{provider}"


def _turn_key(provider: str) -> str:
    return f"provider-turn:{provider}"


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="provider")
