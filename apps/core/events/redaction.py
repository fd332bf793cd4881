"""Erasing the personal fields of stored events, in a way that the hash chain still answers for the rest.

Each erasure is recorded with the event's digest before and after, in a chain of its own; then the fields are
overwritten, which the database allows for exactly those fields of exactly those events (`public.event_redacted`).
`verify_events` takes a redacted event for what was sealed, and anything else for altered. The salt in the event's
metadata goes as well: the digest that stays tells nobody, by trying all plates, which one it was.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core import tenancy
from apps.core.errors import Conflict

from .publish import NotInTransaction
from .rows import digest_sql

FIRST = b"\x00" * 32
_DIGEST = digest_sql(id_column="id", position_column="position")
_LOCK = "SELECT pg_advisory_xact_lock(hashtext(current_schema()), 1204)"
_FIND = f"""
SELECT e.id, {_DIGEST}, (SELECT {_DIGEST} FROM (SELECT e.id, e.aggregate_type, e.aggregate_id, e.aggregate_version,
        e.type, e.schema_version, e.occurred_at, e.position, public.event_redacted(e.data) AS data,
        e.metadata - 'salt' AS metadata) redacted),
    EXISTS (SELECT FROM core_eventseal s WHERE s.event_id = e.id)
FROM core_event e WHERE aggregate_id = ANY(%s) AND public.event_redacted(e.data) <> e.data ORDER BY position
"""
_HEAD = "SELECT seq, hash FROM core_eventredaction ORDER BY seq DESC LIMIT 1"
_RECORD = """
INSERT INTO core_eventredaction (seq, event_id, erasure_id, redacted_at, redacted_by, digest_before, digest_after, hash)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[], %s::bytea[], %s::bytea[],
    %s::bytea[])
"""
_REDACT = """
UPDATE core_event SET data = public.event_redacted(data), metadata = metadata - 'salt' WHERE id = ANY(%s)
"""
# What failed or waits for its turn again keeps a copy
_REDACT_COPIES = """
UPDATE public.core_shared_delivery SET data = public.event_redacted(data), metadata = metadata - 'salt'
WHERE tenant_schema = current_schema() AND event_id = ANY(%s)
"""
_CHAIN = """
SELECT seq, event_id, redacted_at, redacted_by, digest_before, digest_after, hash
FROM core_eventredaction WHERE seq > %s ORDER BY seq LIMIT 5000
"""


class NotYetDelivered(Conflict):
    code, title = "not_yet_delivered", "An event of it is still being delivered; try again in a moment"


def redact_events(*, aggregate_ids: Sequence[UUID], erasure_id: UUID, by: str, at: datetime) -> int:
    """Erase the personal fields of all events of these aggregates of the current tenant; gives of how many.

    Runs in the caller's transaction. `by` names who asked for it, `at` is UTC. Raises NotYetDelivered while the relay
    has one of them in hand, for it would seal and send what stands in the outbox.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("redact events inside the transaction of the erasure")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_FIND, [list(aggregate_ids)])
        found = cursor.fetchall()
        if not all(sealed for *_, sealed in found):
            raise NotYetDelivered("The relay has it within seconds.")
        cursor.execute(_HEAD)
        seq, head = cursor.fetchone() or (0, FIRST)
        rows: list[tuple[Any, ...]] = []
        for event_id, before, after, _ in found:
            seq, head = seq + 1, chained(bytes(head), event_id, at, by, bytes(before), bytes(after))
            rows.append((seq, event_id, erasure_id, at, by, before, after, head))
        if rows:
            ids = [row[1] for row in rows]
            cursor.execute(_RECORD, [list(column) for column in zip(*rows, strict=True)])
            cursor.execute(_REDACT, [ids])
            cursor.execute(_REDACT_COPIES, [ids])
    return len(rows)


def chained(head: bytes, event_id: UUID, at: datetime, by: str, before: bytes, after: bytes) -> bytes:
    """A redaction's hash from that of the one before and what it says."""
    said = f"{event_id}|{at.timestamp():.6f}|{len(by)}|{by}|".encode()
    return hashlib.sha256(head + said + before + after).digest()


def find_broken_redaction() -> tuple[int, UUID | None] | None:
    """The first redaction of the current tenant that is not as it was recorded: its number and event, else None."""
    head = FIRST
    for count, (seq, event_id, at, by, before, after, kept) in enumerate(_redactions(), start=1):
        head = chained(head, event_id, at, by, bytes(before), bytes(after))
        if seq != count or head != bytes(kept):
            return count, event_id
    return None


def _redactions() -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_CHAIN, [last])
            rows = cursor.fetchall()
        yield from rows
        if not rows:
            return
        last = rows[-1][0]
