"""Looking at projections in tests: their rows, what they ought to be, and growing them without a relay."""

import asyncio
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from apps.core import tenancy
from apps.core.events import Envelope
from apps.core.events.courier import Courier, Failures
from apps.core.events.projection import Projection, subscription
from apps.core.events.rows import STORE_COLUMNS, envelope
from apps.core.models import LiveProjection

Rows = dict[str, list[tuple[Any, ...]]]


def live_generation(projection: Projection) -> int:
    return LiveProjection.objects.get(name=projection.name).generation


def rows(projection: Projection, generation: int | None = None) -> Rows:
    """A generation's rows, by table, without what differs between generations; the live one's where none is named."""
    chosen = live_generation(projection) if generation is None else generation
    return {
        table.__name__: sorted(
            [
                tuple(value for name, value in row.items() if name not in ("id", "generation"))
                for row in table._default_manager.filter(generation=chosen).values()
            ],
            key=repr,
        )
        for table in projection.tables
    }


def generations(projection: Projection) -> set[int]:
    """All generations that have rows."""
    return {
        number for table in projection.tables for number in table._default_manager.values_list("generation", flat=True)
    }


def stored(projection: Projection) -> list[Envelope]:
    """Every committed event that a projection hears, settled or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {STORE_COLUMNS} FROM core_event WHERE type = ANY(%s) ORDER BY position", [projection.types]
        )
        return [envelope(row, tenancy.current()) for row in cursor.fetchall()]


class _Undone(Exception):
    pass


def expected(projection: Projection) -> Rows:
    """What the rows ought to be: all stored events applied at once to a generation that nobody else has."""
    try:
        with transaction.atomic():
            projection.apply(stored(projection), -1)
            raise _Undone(rows(projection, -1))
    except _Undone as found:
        wanted: Rows = found.args[0]
        return wanted


def deliver(projection: Projection, envelopes: Sequence[Envelope]) -> None:
    """Hand events to a projection as the relay's courier does: each once, with its inbox row."""
    assert asyncio.run(_deliver(Courier(subscription(projection)), envelopes)) == {}


async def _deliver(courier: Courier, envelopes: Sequence[Envelope]) -> Failures:
    try:
        return await courier.deliver(envelopes)
    finally:
        closing: Any = courier.close()
        if closing is not None:
            await closing
