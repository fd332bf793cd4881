"""When a key was last used: noted in Redis at most once a minute by each process, written to the database by a task."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import redis
from django.db.models import Q

from apps.auth.models import ApiKey
from apps.core.redis_client import ask, client

NOTED = "api-keys:used"
_AT_MOST_EVERY_SECONDS = 60.0
_noted: dict[UUID, float] = {}


def note_use(key_id: UUID, *, at: datetime) -> None:
    """Note a use at `at` (UTC). While Redis is away it is lost, and the next minute's is noted."""
    now = time.monotonic()
    if now - _noted.get(key_id, -_AT_MOST_EVERY_SECONDS) < _AT_MOST_EVERY_SECONDS:
        return
    _noted[key_id] = now
    with suppress(redis.RedisError):
        ask(("HSET", NOTED, str(key_id), int(at.timestamp())))


def write_noted_uses() -> int:
    """Write what was noted since the last time; gives how many keys. Runs in the public schema."""
    with client().pipeline(transaction=True) as pipe:  # what is noted meanwhile waits for the next time
        pipe.hgetall(NOTED)
        pipe.delete(NOTED)
        noted, _ = pipe.execute()
    for key_id, seconds in noted.items():
        at = datetime.fromtimestamp(int(seconds), UTC)
        earlier = Q(last_used_at=None) | Q(last_used_at__lt=at)
        ApiKey.objects.filter(earlier, id=UUID(key_id.decode())).update(last_used_at=at)
    return len(noted)
