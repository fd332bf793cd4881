"""How often a sign-in was tried: counted in Redis for each account and address, so that guessing stops early.

An attempt counts before the password is looked at, and a right password takes its count back: so a hundred
guesses at once get no further than ten in a row.
"""

import hashlib
import ipaddress

import redis
import structlog

from apps.core.errors import TooMany
from apps.core.redis_client import client

log = structlog.get_logger(__name__)

ALLOWED_FAILURES = 10
WINDOW_SECONDS = 900


class TooManyAttempts(TooMany):
    code, title = "too_many_attempts", "Too many failed sign-ins"


def count_attempt(*, email: str, address: str) -> None:
    """Count one attempt. Raises TooManyAttempts after ten failures of this account from this address in 15 minutes.

    While Redis is away nobody is refused: being locked out of the gate would be worse than a guess more.
    """
    key = _key(email, address)
    try:
        with client().pipeline() as pipe:
            pipe.set(key, 0, ex=WINDOW_SECONDS, nx=True)
            pipe.incr(key)
            pipe.ttl(key)
            _, attempts, seconds = pipe.execute()
    except redis.RedisError as error:
        log.warning("sign_in_attempts_uncounted", error=str(error))
        return
    if attempts > ALLOWED_FAILURES:
        log.warning("sign_in_attempts_exceeded", address=address, attempts=attempts)
        wait = max(1, int(seconds))
        raise TooManyAttempts(f"Wait {-(-wait // 60)} minutes, then try again.", retry_after_seconds=wait)


def forget_attempts(*, email: str, address: str) -> None:
    """Start anew, after the right password."""
    try:
        client().delete(_key(email, address))
    except redis.RedisError as error:
        log.warning("sign_in_attempts_uncounted", error=str(error))


def _key(email: str, address: str) -> str:
    # hashed: what is typed into the e-mail field is now and then a password
    account = hashlib.sha256(email.encode()).hexdigest()[:32]
    return f"signin-attempts:{account}:{_network(address)}"


def _network(address: str) -> str:
    """The address; of IPv6 its /64, for one customer has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False) if parsed.version == 6 else parsed)
