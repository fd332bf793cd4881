"""How far each subscription is behind: what the gauges and `manage.py events lag` show."""

from datetime import datetime

import msgspec
from django.db import connection

from apps.core import tenancy

from .subscription import subscriptions

# What is in the outbox waits for everybody; it is counted for each type once.
_WAITING = """
SELECT subscription, count(*) FILTER (WHERE dead_at IS NULL), min(stored_at) FILTER (WHERE dead_at IS NULL),
    count(*) FILTER (WHERE dead_at IS NOT NULL)
FROM core_shared_delivery GROUP BY subscription
"""
_OUTBOX = "SELECT type, count(*), min(stored_at) FROM core_shared_eventoutbox GROUP BY type"


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` counts events in the outbox too; `oldest_seconds` is since when the oldest of them has waited."""

    subscription: str
    waiting: int
    oldest_seconds: float
    dead: int


def list_lag(*, at: datetime) -> list[Lag]:
    """Every subscription's lag at `at` (UTC), by name; one that is no more is there while it has something left."""
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(_WAITING)
        found = {name: (waiting, oldest, dead) for name, waiting, oldest, dead in cursor.fetchall()}
        cursor.execute(_OUTBOX)
        outbox = {kind: (count, oldest) for kind, count, oldest in cursor.fetchall()}
    types = {each.name: each.types for each in subscriptions()}
    lags = []
    for name in sorted(types.keys() | found.keys()):
        waiting, oldest, dead = found.get(name, (0, None, 0))
        undelivered = [outbox[kind] for kind in types.get(name, frozenset()) & outbox.keys()]
        since = [instant for instant in (oldest, *(stored for _, stored in undelivered)) if instant is not None]
        lags.append(
            Lag(
                subscription=name,
                waiting=waiting + sum(count for count, _ in undelivered),
                oldest_seconds=max((at - min(since)).total_seconds(), 0.0) if since else 0.0,
                dead=dead,
            )
        )
    return lags
