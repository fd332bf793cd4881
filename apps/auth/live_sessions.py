"""Whether a sign-in still holds, asked on each request: from Redis, and from the database when Redis does not know.

Ending a session writes its end to Redis before the answer goes out, so it works on the very next request. An end that
Redis missed is noted in the database and told again every few seconds (`apps.auth.tasks`).
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import msgspec
import redis
import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import clock
from apps.core.redis_client import ask, client
from apps.core.tenancy import TenantStatus

from .generations import AWAY, Mark, mark_key
from .models import Membership, SignInKind, SignInSession
from .page_sessions import public_in_sight
from .security.remembered import present_rules

log = structlog.get_logger(__name__)

LIVE, ENDED = b"1", b"0"
# An end outlasts every access token. A life is asked for anew each minute: then the sign-in's last use is written too.
ENDED_SECONDS = 960
LIVE_SECONDS = 60
_NOTED_EVERY = timedelta(seconds=LIVE_SECONDS / 2)


# One of the platform's people is no member of the tenant that they help
_SUPPORT = Q(kind=SignInKind.SUPPORT, user__is_platform_admin=True)


class SignInState(msgspec.Struct, frozen=True):
    """Whether a sign-in holds, and the marks that were asked for along with it."""

    live: bool
    marks: tuple[Mark, ...]


def state_of(session_id: UUID, *, marks: tuple[str, ...] = (), watching: bool = False) -> SignInState:
    """Ask for a sign-in and some marks in one round trip. What is only `watching` does not count as a use."""
    command = _question(session_id, marks)
    try:
        ((known, seen, *found),) = ask(command)
    except redis.RedisError:
        return SignInState(_ask_database(session_id, watching), (AWAY,) * len(marks))  # slower, and as true
    if watching and known is None:
        known = seen
    if known is None:
        live = _ask_database(session_id, watching)
        with suppress(redis.RedisError):
            # nx: an end that was written meanwhile stands
            _, life, watched, *_ = command
            key = watched if watching and live else life
            client().set(key, LIVE if live else ENDED, ex=LIVE_SECONDS if live else ENDED_SECONDS, nx=True)
    else:
        live = known == LIVE
    return SignInState(live, tuple(found))


@lru_cache(maxsize=20_000)
def _question(session_id: UUID, marks: tuple[str, ...]) -> tuple[str, ...]:
    return ("MGET", f"signin:{session_id}", f"watched:{session_id}", *map(mark_key, marks))


def is_live(session_id: UUID, *, watching: bool = False) -> bool:
    """Whether the sign-in has neither ended nor run out."""
    return state_of(session_id, watching=watching).live


def mark_ended(session_id: UUID) -> bool:
    """Tell every process; whether Redis heard it. Nothing overwrites an end, so it may be told before it is committed.

    When Redis is away little is lost: every process asks the database then.
    """
    try:
        client().set(f"signin:{session_id}", ENDED, ex=ENDED_SECONDS)
    except redis.RedisError as error:
        log.warning("session_end_untold", session_id=str(session_id), error=str(error))
        return False
    return True


def _ask_database(session_id: UUID, watching: bool) -> bool:
    at = clock.now()
    with public_in_sight():  # the admin asks inside of its transaction
        member = Membership.objects.filter(user_id=OuterRef("user_id"), tenant_id=OuterRef("tenant_id"))
        row = (
            SignInSession.objects.filter(Q(tenant=None) | Exists(member) | _SUPPORT, user__is_active=True)
            .exclude(tenant__status=TenantStatus.CLOSED)
            .filter(id=session_id, ended_at=None, expires_at__gt=at)
            .values_list("tenant_id", "last_used_at")
            .first()
        )
        if row is None:
            return False
        tenant_id, last_used_at = row
        idle = timedelta(minutes=present_rules(tenant_id).session_timeout_minutes)
        this = SignInSession.objects.filter(id=session_id, ended_at=None)
        if at - last_used_at > idle + timedelta(seconds=LIVE_SECONDS):  # what is written may be a minute behind
            this.update(ended_at=at, ended_why="timed out")
            return False
        if not watching and at - last_used_at > _NOTED_EVERY:
            this.update(last_used_at=at)
    return True


def list_open_sign_ins(*, user_id: UUID, at: datetime) -> QuerySet[SignInSession]:
    """A user's sign-ins that have not ended. Read it where public tables are in sight."""
    return SignInSession.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=at)
