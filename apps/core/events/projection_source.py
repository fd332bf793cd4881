"""Reading the store for a rebuild: what is settled, and what the live projection has that is not settled yet.

Settled is what no open transaction can still precede in the order of (tx_id, position); see `store`.
"""

from collections.abc import Sequence

from django.db import connection

from apps.core import tenancy

from .event import Envelope
from .rows import STORE_COLUMNS, envelope
from .store import SETTLED_BEFORE, Place

_SETTLED = f"""
SELECT {STORE_COLUMNS}, tx_id::text FROM core_event
WHERE (tx_id, position) > (%s::xid8, %s) AND tx_id < {SETTLED_BEFORE} AND type = ANY(%s)
ORDER BY core_event.tx_id, position LIMIT %s
"""
_AHEAD = f"""
SELECT {STORE_COLUMNS} FROM core_event
WHERE (tx_id, position) > (%s::xid8, %s) AND type = ANY(%s)
    AND EXISTS (SELECT FROM core_eventinbox inbox WHERE inbox.consumer = %s AND inbox.event_id = core_event.id)
ORDER BY core_event.tx_id, position
"""
_COUNT = "SELECT count(*) FROM core_event WHERE type = ANY(%s)"
_BEGUN = "SELECT pg_current_xact_id()::text"  # a snapshot's xmax may be that of one that is open
_OVER = f"SELECT {SETTLED_BEFORE} >= %s::xid8"


def read_settled(*, types: Sequence[str], after: Place, limit: int) -> tuple[list[Envelope], Place]:
    """So many settled events of these types after a place, and the place of the last of them."""
    tenant = tenancy.current()
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [after.tx_id, after.position, list(types), limit])
        rows = cursor.fetchall()
    if not rows:
        return [], after
    page = [envelope(tuple(columns), tenant) for *columns, _ in rows]
    return page, Place(tx_id=rows[-1][-1], position=rows[-1][0])


def list_ahead(*, types: Sequence[str], after: Place, consumer: str) -> list[Envelope]:
    """The events after a place that a consumer has handled already, each aggregate's in order."""
    tenant = tenancy.current()
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, [after.tx_id, after.position, list(types), consumer])
        return [envelope(tuple(row), tenant) for row in cursor.fetchall()]


def count_events(*, types: Sequence[str]) -> int:
    """How many events of these types there are now."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(types)])
        return int(cursor.fetchone()[0])


def transactions_begun() -> str:
    """A mark before which all transactions lie that have begun so far, on the whole server."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN)
        return str(cursor.fetchone()[0])


def are_over(mark: str) -> bool:
    """Whether all transactions before a mark have ended, so that what they wrote is settled."""
    with connection.cursor() as cursor:
        cursor.execute(_OVER, [mark])
        return bool(cursor.fetchone()[0])
