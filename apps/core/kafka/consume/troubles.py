"""What went wrong with a message, and what follows: something is away, it may go well next time, or it never will."""

from collections.abc import Iterator
from enum import Enum

import django.db
import msgspec
import psycopg
import redis
from kafka.errors import KafkaError

from apps.core.errors import DomainError, TooMany, Unavailable

from .consumed import Consumed
from .reading import Poison, told

AWAY_SECONDS = (0.2, 1.0, 5.0, 15.0)
"""Pauses while something is away; the last one as often as it takes."""
AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)
"""Pauses between the tries of what may go well next time; after the last the message is dead."""

LONGEST_DETAIL = 1000
_AWAY = (
    Unavailable,
    TooMany,
    KafkaError,
    redis.RedisError,
    OSError,
    django.db.OperationalError,
    django.db.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


class Kind(Enum):
    AWAY = "away"
    AGAIN = "again"
    DEAD = "dead"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from an error; `code` and `detail` are what a dead letter will say."""

    kind: Kind
    code: str
    detail: str


def judge(error: Exception, consumed: Consumed | None) -> Trouble:
    """What an error means for the message; `consumed` is None where it could not even be read."""
    if isinstance(error, Poison):
        return Trouble(kind=Kind.DEAD, code=error.code, detail=error.detail[:LONGEST_DETAIL])
    if isinstance(error, _AWAY) and not _is_about_the_message(error):
        return Trouble(kind=Kind.AWAY, code="away", detail=repr(error)[:LONGEST_DETAIL])
    if isinstance(error, DomainError):
        again = consumed is not None and isinstance(error, consumed.retried)
        kind = Kind.AGAIN if again else Kind.DEAD
        return Trouble(kind=kind, code=error.code, detail=told(error)[:LONGEST_DETAIL])
    return Trouble(kind=Kind.AGAIN, code="failed", detail=repr(error)[:LONGEST_DETAIL])


def _is_about_the_message(error: BaseException) -> bool:
    """The database's own limits (SQLSTATE class 54), e.g. a text too long for an index, count as operational too."""
    return any(isinstance(cause, psycopg.errors.ProgramLimitExceeded) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
