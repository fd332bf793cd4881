"""How relays share the work: every tenant belongs to one of eight shards, and a shard to one relay at a time.

A relay holds its shards by advisory locks of its database session; they are free the moment the session ends. Relays
count each other by a lock that each of them holds, and a newcomer gets its part at the next sweep.
"""

import math
from collections.abc import Collection
from typing import Any

import psycopg

SHARDS = 8  # as in the trigger that fills the outbox
_SHARD_LOCK, _PRESENCE_LOCK = 730_511, 730_512

_ARRIVE = f"SELECT pg_advisory_lock({_PRESENCE_LOCK}, pg_backend_pid())"
_COUNT = f"""
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = {_PRESENCE_LOCK} AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TRY = f"SELECT pg_try_advisory_lock({_SHARD_LOCK}, %s)"
_RELEASE = f"SELECT pg_advisory_unlock({_SHARD_LOCK}, %s)"

Session = psycopg.AsyncConnection[Any]


class Shards:
    """The shards that this relay holds, by the session that holds them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.held: set[int] = set()
        self._leaving: set[int] = set()

    async def arrive(self) -> None:
        """Be counted among the relays."""
        await self._session.execute(_ARRIVE)

    async def balance(self, in_hand: Collection[int] = ()) -> bool:
        """Take free shards up to this relay's part, give back what is over it; says whether anything changed.

        What is over leaves `held` at once, so that nothing new of it is begun, and is given back when it is no longer
        `in_hand`: its next relay would otherwise deliver beside this one. Call it between batches.
        """
        before = set(self.held)
        relays = (await self._one(_COUNT))[0]
        part = math.ceil(SHARDS / max(relays, 1))
        self._leaving |= set(sorted(self.held)[part:])
        self.held -= self._leaving
        for shard in sorted(self._leaving.difference(in_hand)):
            await self._session.execute(_RELEASE, [shard])
            self._leaving.discard(shard)
        for shard in range(SHARDS):
            if len(self.held) >= part:
                break
            if shard in self._leaving:  # its lock is still ours
                self._leaving.discard(shard)
                self.held.add(shard)
            elif shard not in self.held and (await self._one(_TRY, [shard]))[0]:
                self.held.add(shard)
        return self.held != before

    async def _one(self, query: str, parameters: list[int] | None = None) -> tuple[Any, ...]:
        row = await (await self._session.execute(query, parameters)).fetchone()
        assert row is not None
        return tuple(row)
