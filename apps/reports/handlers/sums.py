"""Adding to rows of sums: each is made by its first addition and grows by the later ones."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from django.db import connection, models

from apps.core.events import DomainEvent, Envelope

Key = tuple[Any, ...]
Amounts = tuple[int, ...]


class Sums:
    """Amounts to add to the rows of a table, by key: gathered in memory and added in one statement."""

    def __init__(self, table: type[models.Model], *, key: Sequence[str], amounts: Sequence[str]) -> None:
        self._table = table
        self._key = tuple(key)
        self._amounts = tuple(amounts)
        self._found: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(amounts))

    def add(self, *key: Any, **amounts: int) -> None:
        """Add to the row of a key, whose values come in the order of the key's columns."""
        row = self._found[key]
        for name, amount in amounts.items():
            row[self._amounts.index(name)] += amount

    def write(self, generation: int) -> None:
        """Add all of it to a generation's rows, in the caller's transaction."""
        if not self._found:
            return
        rows = [(*key, *amounts) for key, amounts in self._found.items()]
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_addition(self._table, self._key, self._amounts), [generation, *columns])


def events_of(envelopes: Sequence[Envelope], *kinds: type[DomainEvent]) -> list[DomainEvent]:
    """Stored events as instances of their classes, today's shape. Raises UnknownEvent."""
    classes = {kind.__name__: kind for kind in kinds}
    return [msgspec.convert(envelope.data, classes[envelope.type]) for envelope in envelopes]


@cache
def _addition(table: type[models.Model], key: tuple[str, ...], amounts: tuple[str, ...]) -> str:
    name, columns = table._meta.db_table, (*key, *amounts)
    types = [str(table._meta.get_field(column).db_type(connection)) for column in columns]
    # without its length: a cast to varchar(40) cuts what is longer, and inserting it is refused
    arrays = ", ".join(f"%s::{kind.partition('(')[0]}[]" for kind in types)
    grown = ", ".join(f"{amount} = present.{amount} + excluded.{amount}" for amount in amounts)
    return (
        f"INSERT INTO {name} AS present (generation, {', '.join(columns)}) SELECT %s, * FROM unnest({arrays})"
        f" ON CONFLICT (generation, {', '.join(key)}) DO UPDATE SET {grown}"
    )
