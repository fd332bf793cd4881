"""Whether a sign-in still holds, asked on each request: from Redis, and from the database when Redis does not know.

Ending a session writes its end to Redis before the answer goes out, so it works on the very next request.
"""

from contextlib import suppress
from uuid import UUID

import redis
import structlog

from apps.core import tenancy
from apps.core.redis_client import ask, client

log = structlog.get_logger(__name__)

LIVE, ENDED = b"1", b"0"
# An end outlasts every access token. A life is asked for anew each minute: should Redis miss an end while it is cut
# off, a token outlives its session by no more than that.
ENDED_SECONDS = 900
LIVE_SECONDS = 60


def is_live(session_id: UUID) -> bool:
    """Whether the sign-in has neither ended nor run out."""
    key = f"signin:{session_id}"
    try:
        (known,) = ask(("GET", key))
    except redis.RedisError:
        return _ask_database(session_id)  # slower, and as true
    if known is None:
        live = _ask_database(session_id)
        with suppress(redis.RedisError):
            # nx: an end that was written meanwhile stands
            client().set(key, LIVE if live else ENDED, ex=LIVE_SECONDS if live else ENDED_SECONDS, nx=True)
        return live
    return bool(known == LIVE)


def mark_ended(session_id: UUID) -> None:
    """Tell every process. Nothing overwrites an end, so it may be told shortly before it is committed.

    When Redis is away little is lost: every process asks the database then.
    """
    try:
        client().set(f"signin:{session_id}", ENDED, ex=ENDED_SECONDS)
    except redis.RedisError as error:
        log.warning("session_end_untold", session_id=str(session_id), error=str(error))


def _ask_database(session_id: UUID) -> bool:
    from apps.core import clock

    from .models import SignInSession

    with tenancy.public():
        return SignInSession.objects.filter(
            id=session_id, ended_at=None, expires_at__gt=clock.now(), user__is_active=True
        ).exists()
