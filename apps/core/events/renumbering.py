"""After a dump was restored on another server: events bear that server's transaction numbers, and never seem settled.

Readers go by (tx_id, position) and stop before what an open transaction may still precede. Numbers that this server has
not given yet look like transactions to come. So a restored store gets one number for all of it, and is read by
position: the order in which each aggregate's events were written.
"""

from django.db import connection, transaction

from apps.core.errors import Conflict

# A row that can be seen was written by a transaction before the snapshot's end, or by one's own.
_IS_FOREIGN = """
SELECT EXISTS (SELECT FROM core_event WHERE tx_id >= pg_snapshot_xmax(pg_current_snapshot())
    AND tx_id IS DISTINCT FROM pg_current_xact_id_if_assigned())
"""
# Writers, relays and rebuilds wait meanwhile: they would go on from places that are no more.
_LOCK = "LOCK TABLE core_event, core_eventinbox, core_liveprojection IN ACCESS EXCLUSIVE MODE"
# A rebuild's place told the handler what it need not hear again. The inbox tells it that from now on.
_KEEP_PLACES = """
INSERT INTO core_eventinbox (consumer, event_id, handled_at)
SELECT live.name, e.id, now() FROM core_liveprojection live JOIN core_event e
    ON (e.tx_id, e.position) <= (live.tx_id, live.position)
WHERE EXISTS (SELECT FROM public.core_shared_eventoutbox o WHERE o.event_id = e.id)
    OR EXISTS (SELECT FROM public.core_shared_delivery d WHERE d.event_id = e.id AND d.subscription = live.name)
ON CONFLICT DO NOTHING
"""
_FORGET_PLACES = "UPDATE core_liveprojection SET tx_id = NULL, position = NULL"
_RENUMBER = "UPDATE core_event SET tx_id = pg_current_xact_id()"
_GUARD = "ALTER TABLE core_event {} TRIGGER row_is_final"


class ForeignTransactions(Conflict):
    code, title = "foreign_transactions", "The events bear another server's transaction numbers"


def require_own_numbers() -> None:
    """Raises ForeignTransactions where the current tenant's events were numbered by a server that was further."""
    if is_foreign():
        raise ForeignTransactions("They were restored from a dump: run manage.py renumber_events.")


def is_foreign() -> bool:
    """Whether the current tenant has an event of a transaction that this server has not begun yet."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_FOREIGN)
        return bool(cursor.fetchone()[0])


@transaction.atomic
def renumber() -> int:
    """Give all events of the current tenant this transaction's number; gives how many, 0 where that is not needed.

    Runs as the tables' owner. Seals do not contain the number, so the hash chain holds as before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not is_foreign():
            return 0
        cursor.execute(_KEEP_PLACES)
        cursor.execute(_FORGET_PLACES)
        cursor.execute(_GUARD.format("DISABLE"))
        cursor.execute(_RENUMBER)
        renumbered = int(cursor.rowcount)
        cursor.execute(_GUARD.format("ENABLE"))
    return renumbered
