"""How many calls one sender, and one tenant, may make in ten seconds: more than any gate needs, less than a flood.

Each process counts for itself and tells Redis after every hundredth part of what is allowed, when it hears what the
others have told. So a call costs two look-ups and no round trip, and what gets through beyond the limit is at most a
hundredth for each process (docs/adr/0022-limits-counted-in-each-process.md). While Redis is away each process holds
its own callers to the limit.
"""

import time
from collections.abc import Hashable

import redis
from django.conf import settings
from django.http import HttpRequest

from apps.core.actor import Actor
from apps.core.audit.origin import origin_of
from apps.core.errors import TooMany
from apps.core.redis_client import ask

WINDOW_SECONDS = 10
_TOLD_PARTS = 100


class TooManyRequests(TooMany):
    code, title = "too_many_requests", "Too many requests"


class _Count:
    """Calls in the present window: `known` to Redis when we last told it, and ours `since`."""

    __slots__ = ("known", "since")

    def __init__(self) -> None:
        self.known = self.since = 0


_window = 0
_counts: dict[Hashable, _Count] = {}


def hold_to_limits(actor: Actor | None, request: HttpRequest) -> None:
    """Count a call for its sender, the person, the key or, without either, the address, and for the tenant.

    Raises TooManyRequests, and counts no call that it refuses.
    """
    now = time.time()
    _turn_to(int(now) // WINDOW_SECONDS)
    sender = actor.id if actor is not None else origin_of(request).address
    _count(sender, settings.API_REQUESTS_PER_SENDER, "You send", now)
    if actor is not None and actor.tenant_id is not None:
        _count(actor.tenant_id, settings.API_REQUESTS_PER_TENANT, "Everybody of your tenant together sends", now)


def forget() -> None:
    """Begin at nothing, as a process does."""
    _counts.clear()


def _turn_to(window: int) -> None:
    global _window
    if window != _window:
        _window = window
        _counts.clear()


def _count(subject: Hashable, allowed: int, who: str, now: float) -> None:
    if not allowed:
        return
    count = _counts.get(subject)
    if count is None:
        count = _counts[subject] = _Count()
    if count.known + count.since >= allowed:
        wait = WINDOW_SECONDS - int(now) % WINDOW_SECONDS
        detail = f"{who} more than {allowed} requests in {WINDOW_SECONDS} seconds; go on in {wait}."
        raise TooManyRequests(detail, retry_after_seconds=wait)
    count.since += 1
    if count.since * _TOLD_PARTS >= allowed:
        _tell(subject, count)


def _tell(subject: Hashable, count: _Count) -> None:
    key, ours = f"api-requests:{_window}:{subject}", count.since
    try:
        total, _ = ask(("INCRBY", key, ours), ("EXPIRE", key, 2 * WINDOW_SECONDS))
    except redis.RedisError:
        total = count.known + ours
    count.known, count.since = int(total), count.since - ours
