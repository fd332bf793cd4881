"""How often a sign-in was tried: counted in Redis, so that guessing stops early and locks nobody else out.

An attempt counts before the password is looked at, and a right password takes its count back: so a hundred guesses
at once get no further than ten in a row. Three counts, each for a while:

- an account from one address: the tenant's `maxLoginAttempts`; that address waits, a colleague elsewhere does not;
- an address, whatever the accounts: one who tries many accounts with a common password waits;
- an account from everywhere: guessing from many addresses is slowed down to one attempt every few seconds. Addresses
  that this account signed in from lately are exempt, so its owner at the usual place notices nothing.
"""

import hashlib
import ipaddress
from collections.abc import Callable

import msgspec
import redis
import structlog

from apps.core.errors import TooMany
from apps.core.redis_client import client

log = structlog.get_logger(__name__)

FAILURES_OF_ADDRESS = 100
FAILURES_OF_ACCOUNT = 50
WINDOW_SECONDS = 900
SPACING_SECONDS = 5

_COUNT = """
local counted = redis.call('INCR', KEYS[1])
if counted == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {counted, redis.call('TTL', KEYS[1])}
"""
_TAKE_BACK = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end"


class TooManyAttempts(TooMany):
    code, title = "too_many_attempts", "Too many failed sign-ins"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How many failures of an account from one address are allowed, and for how long they count."""

    failures: int
    window_seconds: int


def count_attempt(*, email: str, address: str, limit: Limit, is_familiar: Callable[[str], bool]) -> None:
    """Count one attempt. `is_familiar` tells of a network whether the account signed in from there lately.

    Raises TooManyAttempts. While Redis is away nobody is refused: being locked out of the gate would be worse than a
    guess more.
    """
    network = network_of(address)
    try:
        _hold(_pair_key(email, network), limit.failures, limit.window_seconds, address)
        _hold(_address_key(network), FAILURES_OF_ADDRESS, WINDOW_SECONDS, address)
        _space_out(email, network, is_familiar)
    except redis.RedisError as error:
        log.warning("sign_in_attempts_uncounted", error=str(error))


def forget_attempts(*, email: str, address: str) -> None:
    """Take this attempt back and start this account anew at this address, after the right password."""
    network = network_of(address)
    try:
        with client().pipeline() as pipe:
            pipe.delete(_pair_key(email, network))
            pipe.eval(_TAKE_BACK, 1, _address_key(network))
            pipe.eval(_TAKE_BACK, 1, _account_key(email))
            pipe.execute()
    except redis.RedisError as error:
        log.warning("sign_in_attempts_uncounted", error=str(error))


def network_of(address: str) -> str:
    """The address; of IPv6 its /64, for one customer has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False) if parsed.version == 6 else parsed)


def _hold(key: str, allowed: int, window_seconds: int, address: str) -> None:
    attempts, seconds = _count(key, window_seconds)
    if attempts > allowed:
        log.warning("sign_in_attempts_exceeded", address=address, attempts=attempts)
        wait = max(1, seconds)
        raise TooManyAttempts(f"Wait {-(-wait // 60)} minutes, then try again.", retry_after_seconds=wait)


def _space_out(email: str, network: str, is_familiar: Callable[[str], bool]) -> None:
    attempts, _ = _count(_account_key(email), WINDOW_SECONDS)
    if attempts <= FAILURES_OF_ACCOUNT or is_familiar(network):
        return
    if not client().set(f"signin-spacing:{_hashed(email)}", 1, ex=SPACING_SECONDS, nx=True):
        raise TooManyAttempts(
            "This account is being guessed at from many places: try again in a few seconds, or sign in from where you "
            "usually do.",
            retry_after_seconds=SPACING_SECONDS,
        )


def _count(key: str, window_seconds: int) -> tuple[int, int]:
    attempts, seconds = client().eval(_COUNT, 1, key, window_seconds)  # type: ignore[misc, no-untyped-call, unused-ignore]
    return int(attempts), int(seconds)


def _pair_key(email: str, network: str) -> str:
    return f"signin-attempts:{_hashed(email)}:{network}"


def _address_key(network: str) -> str:
    return f"signin-attempts-at:{network}"


def _account_key(email: str) -> str:
    return f"signin-attempts-of:{_hashed(email)}"


def _hashed(email: str) -> str:
    # hashed: what is typed into the e-mail field is now and then a password
    return hashlib.sha256(email.encode()).hexdigest()[:32]
