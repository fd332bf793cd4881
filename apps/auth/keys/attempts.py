"""Wrong keys, counted by the address that they come from. A right one is let in whatever its neighbours have tried."""

import redis
import structlog

from apps.core.errors import TooMany, Unauthenticated
from apps.core.redis_client import client

log = structlog.get_logger(__name__)

ALLOWED_WRONG = 20
WINDOW_SECONDS = 900


class InvalidApiKey(Unauthenticated):
    code, title = "invalid_api_key", "The API key is not valid"


class TooManyWrongKeys(TooMany):
    code, title = "too_many_attempts", "Too many wrong API keys"


def refuse_key(detail: str, *, address: str) -> InvalidApiKey | TooManyWrongKeys:
    """The refusal of a wrong key from an IP address: after twenty in 15 minutes it says so, and how long to wait.

    While Redis is away they are not counted: keys cannot be guessed, this only quiets who tries.
    """
    key = f"wrong-keys:{address}"
    try:
        with client().pipeline() as pipe:
            pipe.set(key, 0, ex=WINDOW_SECONDS, nx=True)
            pipe.incr(key)
            pipe.ttl(key)
            _, wrong, seconds = pipe.execute()
    except redis.RedisError as error:
        log.warning("wrong_keys_uncounted", error=str(error))
        return InvalidApiKey(detail)
    if wrong <= ALLOWED_WRONG:
        return InvalidApiKey(detail)
    log.warning("wrong_keys_exceeded", address=address, attempts=wrong)
    wait = max(1, int(seconds))
    return TooManyWrongKeys(f"Wait {-(-wait // 60)} minutes, then send the right key.", retry_after_seconds=wait)
