"""How far each partition has been handled: kept in the database, so that it moves with the effect or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

_BEGIN = """
INSERT INTO public.core_shared_consumedoffset (consumer_group, topic, partition, next_offset, end_offset, seen_at,
    handled, repeated, dead_lettered)
VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0)
ON CONFLICT (consumer_group, topic, partition) DO UPDATE
    SET end_offset = excluded.end_offset, seen_at = excluded.seen_at
RETURNING next_offset
"""
# Whoever has lost the partition without knowing it finds that the offset has moved on, and its transaction writes
# nothing: a message's effect comes after this.
_MOVE = """
UPDATE public.core_shared_consumedoffset
SET next_offset = %s, end_offset = greatest(end_offset, %s), seen_at = %s, handled = handled + %s,
    repeated = repeated + %s, dead_lettered = dead_lettered + %s
WHERE consumer_group = %s AND topic = %s AND partition = %s AND next_offset = %s
"""
_SEEN = """
UPDATE public.core_shared_consumedoffset o SET end_offset = n.end_offset, seen_at = %s
FROM (SELECT unnest(%s::text[]) AS topic, unnest(%s::int[]) AS partition, unnest(%s::bigint[]) AS end_offset) n
WHERE o.consumer_group = %s AND o.topic = n.topic AND o.partition = n.partition
"""


class OffsetMoved(Exception):
    """Another consumer has handled this message, or is ahead of it: this one no longer owns the partition."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A partition, as one group of consumers reads it."""

    group: str
    topic: str
    partition: int


def begin(place: Place, *, first: int, end: int, at: datetime) -> int:
    """The offset that comes next; `first`, the oldest there is, where nothing of the partition was handled yet."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [place.group, place.topic, place.partition, first, end, at])
        return int(cursor.fetchone()[0])


def move(
    place: Place, *, expected: int, following: int, at: datetime, repeated: bool = False, dead: bool = False
) -> None:
    """Move from the `expected` next offset to the `following` one. Raises OffsetMoved where it is not so."""
    counts = [int(not (repeated or dead)), int(repeated), int(dead)]
    where: list[Any] = [place.group, place.topic, place.partition, expected]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [following, following, at, *counts, *where])
        if not cursor.rowcount:
            raise OffsetMoved


def note_ends(group: str, ends: Mapping[tuple[str, int], int], *, at: datetime) -> None:
    """Note that somebody reads these partitions, and where they end: what the lag is measured by."""
    columns: list[Any] = [[topic for topic, _ in ends], [partition for _, partition in ends], list(ends.values())]
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [at, *columns, group])
