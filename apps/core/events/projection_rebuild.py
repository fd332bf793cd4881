"""Growing a projection anew from the store, beside the live one, and putting it into its place.

Three sets of events: R, what the rebuild has read (all settled ones up to its last place); I, what the live projection
has handled, by its inbox; and what was written but is neither. The swap happens while the handler is kept out by
the projection's row. Then I - R is added to the new generation, so that it holds R and I; the place stays with
the row, so that the handler passes over R - I when the relay brings it; and all the rest comes to the handler as ever.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
from django.db import connection, transaction

from apps.core.errors import Conflict, Unavailable
from apps.core.models import Event, LiveProjection

from .projection import Projection
from .projection_source import are_over, count_events, list_ahead, read_settled, transactions_begun
from .renumbering import require_own_numbers
from .store import FIRST, Place

PAGE = 2000
PATIENCE_SECONDS = 600.0
LOOK_AGAIN_SECONDS = 0.05
_CLASS = 730_513  # of advisory locks, beside those of the relay's shards

_TRY_ALONE = "SELECT pg_try_advisory_lock(%s, hashtext(current_schema() || '.' || %s))"
_NOT_ALONE = "SELECT pg_advisory_unlock(%s, hashtext(current_schema() || '.' || %s))"

Progress = Callable[[int, int], object]
"""Told of events read so far, and of how many there were at the beginning."""


class AlreadyRebuilding(Conflict):
    code, title = "already_rebuilding", "This projection is being rebuilt by somebody else"


class TransactionsOpen(Unavailable):
    code, title = "transactions_open", "Transactions of before the rebuild are still open"


class InTransaction(RuntimeError):
    """A rebuild waits until all that was written before is settled: it can't be a part of what it waits for."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """How many events the new generation was made of, how many rows they made, and its number."""

    events: int
    rows: int
    generation: int


def rebuild(
    projection: Projection,
    *,
    at: datetime,
    progress: Progress = lambda done, total: None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Rebuilt:
    """Rebuild the current tenant's rows of a projection, and note that it was done at `at` (UTC).

    Queries and the handler see the old rows until the swap, and the new ones from then on. Whatever is raised, and
    wherever the process is killed, the old ones stay live; the next rebuild begins anew. What every relay hears must
    include the projection before this is called: what was written before now is read, and what comes is theirs.

    Raises AlreadyRebuilding, TransactionsOpen when one from before the call has not ended in that time, UnknownEvent
    for what newer code has written, ForeignTransactions, InTransaction, and what `apply` raises.
    """
    if connection.in_atomic_block:
        raise InTransaction(f"rebuild {projection.name} outside of any transaction")
    require_own_numbers()
    with _alone(projection):
        LiveProjection.objects.get_or_create(name=projection.name)
        _sweep(projection)
        try:
            return _Build(projection, progress).run(at=at, patience_seconds=patience_seconds)
        finally:
            _sweep(projection)


def is_missing(projection: Projection) -> bool:
    """Whether the current tenant has events of a projection and has never built it from the store.

    So it is after an update that brings the projection: its handler hears what comes, not what was.
    """
    built = LiveProjection.objects.filter(name=projection.name, rebuilt_at__isnull=False).exists()
    return not built and Event.objects.filter(type__in=projection.types).exists()


class _Build:
    """One rebuild under way: the generation that it makes, and how far it has come."""

    def __init__(self, projection: Projection, progress: Progress) -> None:
        self._projection = projection
        self._progress = progress
        self._generation = LiveProjection.objects.get(name=projection.name).generation + 1
        self._total = count_events(types=projection.types)
        self._place: Place = FIRST
        self._events = 0

    def run(self, *, at: datetime, patience_seconds: float) -> Rebuilt:
        mark, begun = transactions_begun(), time.monotonic()
        while True:
            settled = are_over(mark)  # before reading: then all of them are read
            while self._read_page() == PAGE:
                pass
            if settled:
                break
            if time.monotonic() - begun > patience_seconds:
                raise TransactionsOpen(
                    f"They have not ended in {patience_seconds:.0f} s: find them in pg_stat_activity."
                )
            time.sleep(LOOK_AGAIN_SECONDS)
        self._swap(at)
        return Rebuilt(events=self._events, rows=self._rows(), generation=self._generation)

    def _rows(self) -> int:
        tables = self._projection.tables
        return sum(table._base_manager.filter(generation=self._generation).count() for table in tables)

    def _read_page(self) -> int:
        page, place = read_settled(types=self._projection.types, after=self._place, limit=PAGE)
        if page:
            with transaction.atomic():
                self._projection.apply(page, self._generation)
            self._place = place
            self._events += len(page)
            self._progress(self._events, self._total)
        return len(page)

    @transaction.atomic
    def _swap(self, at: datetime) -> None:
        live = LiveProjection.objects.select_for_update().get(name=self._projection.name)
        ahead = list_ahead(types=self._projection.types, after=self._place, consumer=self._projection.name)
        if ahead:
            self._projection.apply(ahead, self._generation)
            self._events += len(ahead)
        live.generation, live.rebuilt_at = self._generation, at
        live.tx_id, live.position = self._place.tx_id, self._place.position
        live.save()


def _sweep(projection: Projection) -> None:
    """Delete the rows of all generations that are not live: a former one, or what an interrupted rebuild has left."""
    live = LiveProjection.objects.get(name=projection.name).generation
    for table in projection.tables:
        table._base_manager.exclude(generation=live).delete()


@contextmanager
def _alone(projection: Projection) -> Iterator[None]:
    """Keep other rebuilds of this projection out, by a lock that ends with the database session at the latest."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY_ALONE, [_CLASS, projection.name])
        if not cursor.fetchone()[0]:
            raise AlreadyRebuilding(f"{projection.name} of this tenant is being rebuilt; wait for that to end.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(_NOT_ALONE, [_CLASS, projection.name])
