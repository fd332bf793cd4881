"""The hash chain over a tenant's events: written by the relay as it delivers, checked by `manage.py verify_events`.

Sealing after the commit and not at the append keeps the appends of one tenant from queueing behind each other. The
seal is written in the transaction that deletes the outbox row, so each event is sealed once.
"""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from .redaction import find_broken_redaction
from .rows import digest_sql

FIRST = b"\x00" * 32
OUTBOX_DIGEST = digest_sql(id_column="event_id", position_column="event_position")
_STORE_DIGEST = digest_sql(id_column="id", position_column="position")

HEAD = "SELECT seq, hash FROM {schema}.core_eventseal ORDER BY seq DESC LIMIT 1"
SEAL = """
INSERT INTO {schema}.core_eventseal (seq, event_id, digest, hash)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[], %s::bytea[])
"""
_CHAIN = f"""
SELECT s.seq, s.event_id, s.digest, s.hash, e.id IS NOT NULL, {_STORE_DIGEST}, e.aggregate_version,
    e.aggregate_version = 1 OR EXISTS (SELECT FROM core_event p JOIN core_eventseal ps ON ps.event_id = p.id
        WHERE p.aggregate_id = e.aggregate_id AND p.aggregate_version = e.aggregate_version - 1 AND ps.seq < s.seq),
    r.digest_before, r.digest_after
FROM core_eventseal s LEFT JOIN core_event e ON e.id = s.event_id
    LEFT JOIN core_eventredaction r ON r.event_id = s.event_id
WHERE s.seq > %s ORDER BY s.seq LIMIT 5000
"""
_PAST_THE_OUTBOX = f"""
SELECT id, {_STORE_DIGEST} FROM core_event e
WHERE NOT EXISTS (SELECT FROM core_eventseal s WHERE s.event_id = e.id)
    AND NOT EXISTS (SELECT FROM public.core_shared_eventoutbox o WHERE o.event_id = e.id)
ORDER BY position
"""
_UNSEALED = """
SELECT id, type FROM core_event e
WHERE NOT EXISTS (SELECT FROM core_eventseal s WHERE s.event_id = e.id)
    AND NOT EXISTS (SELECT FROM public.core_shared_eventoutbox o WHERE o.event_id = e.id)
ORDER BY position LIMIT 1
"""
_LOST = """
SELECT event_id FROM public.core_shared_eventoutbox o
WHERE tenant_schema = current_schema() AND NOT EXISTS (SELECT FROM core_event e WHERE e.id = o.event_id)
ORDER BY position LIMIT 1
"""
_GAPS = """
SELECT aggregate_id FROM core_event GROUP BY aggregate_id
HAVING count(*) <> max(aggregate_version) OR min(aggregate_version) <> 1 LIMIT 1
"""
# The relay's commits do not wait for the disk. What is seen here must, before its head is noted elsewhere: after a
# crash the same events could be chained in another order. A message in the journal makes this session's commit wait.
_ONTO_DISK = "SELECT pg_logical_emit_message(true, 'parking', 'head told')"


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that is wrong with a tenant's events."""

    what: str
    event_id: UUID | None
    seq: int | None = None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How many events hold, and the last seal's hash: noted elsewhere, it also betrays a cut-off end.

    `redacted` counts those of them whose personal fields were erased (`redaction`): the rest of them holds.
    """

    events: int
    redacted: int
    head: str
    flaw: Flaw | None = None


def chained(before: bytes, digest: bytes) -> bytes:
    """A seal's hash from that of the seal before and the event's own digest."""
    return hashlib.sha256(before + digest).digest()


def verify_events(*, expected_head: str | None = None) -> Verified:
    """Hold every event of the current tenant against its seal, in order; stops at the first flaw."""
    count, redacted, head, passed_expected = 0, 0, FIRST, expected_head is None
    for seq, event_id, digest, sealed, stored, found, version, is_next, before, after in _chain():
        flaw = None
        if seq != count + 1:
            flaw = f"seal {count + 1} is missing"
        elif not stored:
            flaw = "the event is missing"
        elif not _is_as_sealed(digest, found, before, after):
            flaw = "the event was altered"
        elif chained(head, bytes(digest)) != bytes(sealed):
            flaw = "the chain is broken here: a seal was altered, removed or reordered"
        elif not is_next:
            flaw = f"the event is out of order: version {version} before {version - 1}"
        if flaw:
            named = Flaw(what=flaw, event_id=event_id, seq=seq)
            return Verified(events=count, redacted=redacted, head=head.hex(), flaw=named)
        redacted += before is not None
        count, head = seq, bytes(sealed)
        passed_expected = passed_expected or head.hex() == expected_head
    cut_off = "the chain has no such head: its end was cut off, or it was written anew"
    with connection.cursor() as cursor:
        cursor.execute(_ONTO_DISK)
    flaw_outside = _redaction() or _unsealed() or (None if passed_expected else Flaw(what=cut_off, event_id=None))
    return Verified(events=count, redacted=redacted, head=head.hex(), flaw=flaw_outside)


def _is_as_sealed(digest: Any, found: Any, before: Any, after: Any) -> bool:
    """Whether an event is what was sealed, less what a recorded redaction has taken from it."""
    if before is None:
        return bytes(found) == bytes(digest)
    return bytes(before) == bytes(digest) and bytes(after) == bytes(found)


def _redaction() -> Flaw | None:
    broken = find_broken_redaction()
    if broken is None:
        return None
    return Flaw(what=f"redaction {broken[0]} was altered, removed or reordered", event_id=broken[1])


def seal_history() -> int:
    """Seal what a bulk writer has put past the outbox into the current tenant's store, in its order; gives how many.

    Call it in the transaction that wrote the events, while no relay seals this tenant's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM core_eventseal ORDER BY seq DESC LIMIT 1")
        seq, head = cursor.fetchone() or (0, FIRST)
        cursor.execute(_PAST_THE_OUTBOX)
        seals = []
        for event_id, digest in cursor.fetchall():
            seq, head = seq + 1, chained(bytes(head), bytes(digest))
            seals.append((seq, event_id, digest, head))
        if seals:
            cursor.execute(SEAL.replace("{schema}.", ""), [list(column) for column in zip(*seals, strict=True)])
    return len(seals)


def _chain() -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_CHAIN, [last])
            rows = cursor.fetchall()
        yield from rows
        if not rows:
            return
        last = rows[-1][0]


def _unsealed() -> Flaw | None:
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED)
        if row := cursor.fetchone():
            return Flaw(what=f"the {row[1]} was never delivered: the relay never had it", event_id=row[0])
        cursor.execute(_LOST)
        if row := cursor.fetchone():
            return Flaw(what="the event is missing, and still waits for its delivery", event_id=row[0])
        cursor.execute(_GAPS)
        if row := cursor.fetchone():
            return Flaw(what=f"aggregate {row[0]} lacks one of its versions", event_id=None)
    return None
