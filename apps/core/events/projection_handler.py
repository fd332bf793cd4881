"""How a projection is grown live: event by event, in the generation that is live at that moment."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection

from .event import Envelope

# The row is locked until the event's effect is committed, so that a rebuild cannot put another generation into its
# place in between. What waited for the lock sees the row as the rebuild has left it. An event at or before
# the rebuild's last place is in the new generation already.
_LIVE = """
SELECT live.generation,
    EXISTS (SELECT FROM core_event e WHERE e.id = %s AND (e.tx_id, e.position) <= (live.tx_id, live.position))
FROM core_liveprojection live WHERE live.name = %s FOR UPDATE OF live
"""
_FIRST = "INSERT INTO core_liveprojection (name) VALUES (%s) ON CONFLICT DO NOTHING"


class ProjectionHandler:
    """The subscription's handler of one projection."""

    def __init__(self, *, name: str, apply: Callable[[Sequence[Envelope], int], None]) -> None:
        self._name = name
        self._apply = apply

    def handle(self, envelope: Envelope) -> None:
        """Grow the live generation by an event, unless a rebuild has read it before it came here."""
        generation, has_it = lock_live(self._name, envelope.id)
        if not has_it:
            self._apply([envelope], generation)

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        """The courier's log line says all there is to say; the event is tried again and then is a dead letter."""


def lock_live(name: str, event_id: UUID) -> tuple[int, bool]:
    """The live generation, which stays so until the transaction ends, and whether it holds an event since a rebuild."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [event_id, name])
        row = cursor.fetchone()
        if row is None:  # the tenant's first event of this projection
            cursor.execute(_FIRST, [name])
            cursor.execute(_LIVE, [event_id, name])
            row = cursor.fetchone()
    return row[0], row[1]
