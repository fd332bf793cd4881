"""The relay's side of the hash chain (`sealing`): it keeps each tenant's head in memory and adds to it."""

from collections.abc import Collection, Sequence
from typing import Any, LiteralString

from . import sealing
from .shards import Session

OutboxRow = tuple[Any, ...]
"""A row of rows.OUTBOX_COLUMNS with its digest at the end."""


class Sealer:
    """Writes the seals of delivered events by the relay's session; nobody else seals the shards it holds."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heads: dict[str, tuple[int, bytes]] = {}

    def forget(self) -> None:
        """Others may have sealed meanwhile, or what was sealed was not committed."""
        self._heads.clear()

    async def learn_heads(self, schemas: Collection[str]) -> None:
        """Read the heads that are not known yet, all in one round trip."""
        unknown = [schema for schema in schemas if schema not in self._heads]
        if not unknown:
            return
        async with self._session.pipeline():
            asked = [await self._session.execute(_in(schema, sealing.HEAD)) for schema in unknown]
        for schema, cursor in zip(unknown, asked, strict=True):
            row = await cursor.fetchone()
            self._heads[schema] = (row[0], bytes(row[1])) if row else (0, sealing.FIRST)

    async def seal(self, rows: Sequence[OutboxRow]) -> None:
        """Chain these events, in their order, to the heads that were learnt; in the caller's transaction.

        Where that is not committed, forget() must follow.
        """
        by_schema: dict[str, list[OutboxRow]] = {}
        for row in rows:
            by_schema.setdefault(row[2], []).append(row)
        for schema, events in by_schema.items():
            seq, head = self._heads[schema]
            seals = []
            for row in events:
                seq, head = seq + 1, sealing.chained(head, row[-1])
                seals.append((seq, row[1], row[-1], head))
            columns = [list(column) for column in zip(*seals, strict=True)]
            await self._session.execute(_in(schema, sealing.SEAL), columns)
            self._heads[schema] = seq, head


def _in(schema: str, query: str) -> LiteralString:
    # the schema's name is of our own making and was matched against its pattern when the tenant was made
    return query.replace("{schema}", schema)
