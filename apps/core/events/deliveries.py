"""What single subscriptions have not taken yet: kept apart from the outbox, so that they hold up nobody else.

An event goes there when its subscription failed, was too slow, or has an older one there; it leaves when it is taken.
After the last try it is dead, and whatever follows in its aggregate waits until a person re-drives or discards it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from .courier import Failures
from .event import Envelope
from .rows import OUTBOX_COLUMNS
from .shards import Session

BACKOFF_SECONDS = (0.2, 1, 5, 15, 60, 300, 1800)
FEED_BACKOFF_SECONDS = (0.2, 1, 5, 15)
PAGE = 200

_KEEP = """
INSERT INTO core_shared_delivery (subscription, position, shard, tenant_schema, event_position, event_id,
    aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata, stored_at,
    attempts, next_attempt_at, error)
SELECT %s, o.position, o.shard, o.tenant_schema, o.event_position, o.event_id, o.aggregate_type,
    o.aggregate_id, o.aggregate_version, o.type, o.schema_version, o.occurred_at, o.data, o.metadata, o.stored_at,
    n.attempts, n.next_attempt_at, n.error
FROM (SELECT unnest(%s::bigint[]) AS position, unnest(%s::int[]) AS attempts,
        unnest(%s::timestamptz[]) AS next_attempt_at, unnest(%s::text[]) AS error) n
JOIN core_shared_eventoutbox o USING (position)
ON CONFLICT (subscription, event_id) DO NOTHING
"""
# Only the oldest of each aggregate is due: one that waits for its next try, or is dead, holds back those behind it.
# Shard by shard, so that the index gives them in their order and a page costs the same however much waits.
_DUE = f"""
SELECT found.* FROM unnest(%s::int[]) held_shard CROSS JOIN LATERAL (
    SELECT {OUTBOX_COLUMNS} FROM core_shared_delivery d
    WHERE subscription = %s AND shard = held_shard AND dead_at IS NULL AND next_attempt_at <= %s
        AND NOT tenant_schema = ANY(%s)
        AND NOT EXISTS (SELECT FROM core_shared_delivery b WHERE b.subscription = d.subscription
            AND b.aggregate_id = d.aggregate_id AND b.position < d.position
            AND (b.dead_at IS NOT NULL OR b.next_attempt_at > %s))
    ORDER BY position LIMIT {PAGE}) found
ORDER BY position LIMIT {PAGE}
"""
_TAKEN = "DELETE FROM core_shared_delivery WHERE subscription = %s AND event_id = ANY(%s)"
_FAILED = """
UPDATE core_shared_delivery d SET error = n.error,
    attempts = CASE WHEN %s THEN attempts + 1 ELSE least(attempts + 1, greatest(attempts, %s)) END,
    next_attempt_at = %s + (%s::float8[])[least(attempts + 1, %s)] * interval '1 second',
    dead_at = CASE WHEN %s AND attempts + 1 > %s THEN %s END
FROM (SELECT unnest(%s::uuid[]) AS event_id, unnest(%s::text[]) AS error) n
WHERE d.subscription = %s AND d.event_id = n.event_id
"""
_HELD = "SELECT DISTINCT aggregate_id FROM core_shared_delivery WHERE subscription = %s AND shard = ANY(%s)"
_WAITING = """
SELECT EXISTS (SELECT FROM core_shared_delivery d
WHERE subscription = %s AND shard = ANY(%s) AND dead_at IS NULL AND next_attempt_at <= %s::timestamptz
    AND NOT EXISTS (SELECT FROM core_shared_delivery b WHERE b.subscription = d.subscription
        AND b.aggregate_id = d.aggregate_id AND b.position < d.position
        AND (b.dead_at IS NOT NULL OR b.next_attempt_at > %s::timestamptz)))
"""
_DROP_GONE = """
DELETE FROM core_shared_delivery WHERE tenant_schema = ANY(%s) AND to_regnamespace(tenant_schema) IS NULL
"""


async def keep(
    session: Session, *, subscription: str, envelopes: Sequence[Envelope], failures: Mapping[UUID, str], at: datetime
) -> None:
    """Note events that a subscription has not taken; `envelopes` are those of the outbox, still there."""
    errors = [failures.get(envelope.id, "") for envelope in envelopes]
    first_try = at + timedelta(seconds=BACKOFF_SECONDS[0])
    await session.execute(
        _KEEP,
        [
            subscription,
            [envelope.position for envelope in envelopes],
            [1 if error else 0 for error in errors],
            [first_try if error else at for error in errors],
            errors,
        ],
    )


async def list_due(
    session: Session, *, subscription: str, shards: Collection[int], but_not: Collection[str], at: datetime
) -> list[tuple[Any, ...]]:
    """The oldest rows that are due at `at` (UTC), in their order, without those of the schemas `but_not`."""
    return await (await session.execute(_DUE, [list(shards), subscription, at, list(but_not), at])).fetchall()


async def settle(
    session: Session,
    *,
    subscription: str,
    envelopes: Sequence[Envelope],
    failures: Failures,
    mortal: bool,
    at: datetime,
) -> None:
    """Forget what was taken, and put off what failed, a little longer each time.

    After the last time a `mortal` one is dead. A feed's are so only when it has taken others meanwhile: else what it
    feeds is away, and that comes back, however late. Such failures count only up to the longest of their pauses, so
    that what waited through a long night is not dead at its first failure in the morning.
    """
    taken = [envelope.id for envelope in envelopes if envelope.id not in failures]
    if taken:
        await session.execute(_TAKEN, [subscription, taken])
    failed = {event_id: error for event_id, error in failures.items() if error}
    if failed:
        pauses = [float(pause) for pause in (BACKOFF_SECONDS if mortal else FEED_BACKOFF_SECONDS)]
        last = len(pauses)
        ids, errors = list(failed), list(failed.values())
        await session.execute(_FAILED, [mortal, last, at, pauses, last, mortal, last, at, ids, errors, subscription])


async def list_held(session: Session, *, subscription: str, shards: Collection[int]) -> set[UUID]:
    """Aggregates of which the subscription has something to catch up with, dead letters included."""
    rows = await (await session.execute(_HELD, [subscription, list(shards)])).fetchall()
    return {row[0] for row in rows}


async def is_any_waiting(
    session: Session, *, subscription: str, shards: Collection[int], until: datetime | None
) -> bool:
    """Whether anything is due by `until` (UTC; None: ever); what is dead, or behind something dead, is not."""
    horizon = until or "infinity"
    row = await (await session.execute(_WAITING, [subscription, list(shards), horizon, horizon])).fetchone()
    return bool(row and row[0])


async def drop_gone(session: Session, *, schemas: Collection[str]) -> None:
    """Forget what waits of those of these schemas that are no longer in the database."""
    await session.execute(_DROP_GONE, [list(schemas)])
