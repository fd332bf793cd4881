"""The tenant's event store: appending, and reading what happened.

Positions are given out before a transaction commits, so a reader who remembers only the last position passes by what
commits late. Reading goes by (tx_id, position) and stops before any transaction that is still open in this database.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict
from apps.core.ids import new_id

from .event import DomainEvent, Envelope
from .publish import NotInTransaction, encode_event, metadata
from .rows import STORE_COLUMNS, envelope

PAGE = 1000

_INSERT = """
INSERT INTO core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at,
    data, metadata)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::text[], %s::smallint[],
    %s::timestamptz[], %s::jsonb[], %s::jsonb[])
"""
_SKIPPED = """
SELECT aggregate_version, aggregate_id FROM core_event e
WHERE id = ANY(%s) AND aggregate_version <> 1 AND NOT EXISTS (SELECT FROM core_event before
    WHERE before.aggregate_id = e.aggregate_id AND before.aggregate_version = e.aggregate_version - 1) LIMIT 1
"""
_OF_AGGREGATE = f"""
SELECT {STORE_COLUMNS} FROM core_event WHERE aggregate_id = %s AND aggregate_version >= %s ORDER BY aggregate_version
LIMIT %s
"""
# The first transaction that is open and may write here, one's own too, else the next one to come. A snapshot's xmin
# counts the open transactions of the whole server; another database's are left out where they are seen to be that.
# None of ours is taken for one: the snapshot is older than the look at the sessions, whose copy from an earlier
# statement of this transaction is dropped first. A prepared transaction has no session, and is waited for.
SETTLED_BEFORE = """
(SELECT least(pg_snapshot_xmax(seen), pg_current_xact_id_if_assigned(),
    (SELECT open_tx FROM pg_snapshot_xip(seen) open_tx WHERE NOT EXISTS (
        SELECT FROM pg_stat_get_activity((SELECT NULL::int FROM (SELECT pg_stat_clear_snapshot() OFFSET 0) dropped))
        WHERE backend_xid = open_tx::xid
            AND datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY open_tx LIMIT 1)) FROM pg_current_snapshot() seen)
"""
_SETTLED = f"""
SELECT {STORE_COLUMNS}, tx_id::text FROM core_event
WHERE (tx_id, position) > (%s::xid8, %s) AND tx_id < {SETTLED_BEFORE}
    AND (%s::text IS NULL OR type = %s) AND (%s::timestamptz IS NULL OR occurred_at >= %s)
ORDER BY core_event.tx_id, position LIMIT %s
"""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """After which event a reader goes on: its transaction, and its position there."""

    tx_id: str
    position: int


FIRST = Place(tx_id="0", position=0)


class VersionTaken(Conflict):
    code, title = "version_taken", "Somebody else has appended to this aggregate"


class VersionSkipped(Conflict):
    code, title = "version_skipped", "The aggregate has not got that far"


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to append as `version` of its aggregate; `at` is UTC."""

    event: DomainEvent
    aggregate_id: UUID
    version: int
    at: datetime
    actor: Actor


def append(events: Sequence[NewEvent]) -> list[UUID]:
    """Append events to the current tenant's store, all or none, in the open transaction; gives their ids.

    Raises VersionTaken when an aggregate has that version already, VersionSkipped when it lacks the one before,
    NotInTransaction, EventTooLarge.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("append events inside the transaction of their change")
    ids = [new_id() for _ in events]
    texts = [encode_event(new.event) for new in events]
    columns: list[Any] = [
        ids,
        [new.event.aggregate_type for new in events],
        [new.aggregate_id for new in events],
        [new.version for new in events],
        [type(new.event).__name__ for new in events],
        [new.event.schema_version for new in events],
        [new.at for new in events],
        texts,
        [metadata(new.actor) for new in events],
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_INSERT, columns)
            cursor.execute(_SKIPPED, [ids])
            if skipped := cursor.fetchone():
                raise VersionSkipped(f"Version {skipped[0]} of {skipped[1]} has none before it.")
    except IntegrityError as error:
        raise VersionTaken("Read the aggregate again and decide anew.") from error
    return ids


def get_events(aggregate_id: UUID, from_version: int = 1, *, limit: int | None = None) -> list[Envelope]:
    """An aggregate's events from a version on, in their order; at most `limit`."""
    tenant = tenancy.current()
    with connection.cursor() as cursor:
        cursor.execute(_OF_AGGREGATE, [aggregate_id, from_version, limit])
        return [envelope(row, tenant) for row in cursor.fetchall()]


def get_events_by_type(type: str, from_timestamp: datetime) -> Iterator[Envelope]:
    """Events of a type that occurred at or after an instant (UTC), in an order that keeps each aggregate's."""
    return read_all(type=type, from_timestamp=from_timestamp)


def read_all(*, type: str | None = None, from_timestamp: datetime | None = None) -> Iterator[Envelope]:
    """Every settled event of the current tenant, page by page; nothing that an open transaction may still precede."""
    after: Place | None = FIRST
    while after is not None:
        page, after = read_page(type=type, from_timestamp=from_timestamp, after=after, limit=PAGE)
        yield from page


def read_page(
    *, type: str | None = None, from_timestamp: datetime | None = None, after: Place = FIRST, limit: int
) -> tuple[list[Envelope], Place | None]:
    """So many settled events after a place in the order, and the place where to go on; None when that was all."""
    tenant = tenancy.current()
    parameters: list[Any] = [after.tx_id, after.position, type, type, from_timestamp, from_timestamp, limit + 1]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, parameters)
        rows = cursor.fetchall()
    page = [envelope(tuple(columns), tenant) for *columns, _ in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    return page, Place(tx_id=rows[limit - 1][-1], position=rows[limit - 1][0])
