"""Telling stored events again to the feeds that may hear them again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from apps.core import audit, changes
from apps.core.errors import Conflict, Invalid

from .event import event_classes
from .store import SETTLED_BEFORE
from .subscription import Subscription, subscriptions

# New positions of the outbox's, so that a replay comes after what waits already and before what is published later.
# What an open transaction may still precede is left out: it has yet to be delivered for the first time.
_REPLAY = f"""
INSERT INTO public.core_shared_delivery (subscription, position, shard, tenant_schema, event_position, event_id,
    aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata, attempts, error)
SELECT %s, nextval(pg_get_serial_sequence('public.core_shared_eventoutbox', 'position')),
    hashtext(current_schema()) & 7, current_schema(), e.position, e.id, e.aggregate_type, e.aggregate_id,
    e.aggregate_version, e.type, e.schema_version, e.occurred_at, e.data, e.metadata, 0, ''
FROM (SELECT * FROM core_event WHERE type = %s AND occurred_at >= %s
    AND tx_id < {SETTLED_BEFORE} ORDER BY tx_id, position) e
ON CONFLICT (subscription, event_id) DO NOTHING
"""


class NothingReplayable(Conflict):
    code, title = "nothing_replayable", "Nobody may hear these events again"


def replay(event_type: str, from_timestamp: datetime, *, subscription: str | None = None) -> int:
    """Give the current tenant's stored events of a type, since an instant (UTC), to a subscription once more.

    Without a `subscription`, to all that hear the type and are replayable. They are delivered by the relay, each
    aggregate's in order. Gives how many deliveries were put down; what waits already is not doubled. Raises Invalid for
    a type or subscription that there is not and for one that cannot replay, NothingReplayable.
    """
    if event_type not in event_classes():
        raise Invalid.field("type", "unknown_event", f"There is no event {event_type[:60]}.")
    hearers = [_named(subscription, event_type)] if subscription else _replayable(event_type)
    put = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for hearer in hearers:
            cursor.execute(_REPLAY, [hearer.name, event_type, from_timestamp])
            put += cursor.rowcount
        told = {"since": from_timestamp, "subscription": subscription, "deliveries": put}
        audit.record("events.replayed", audit.Subject("event_type", event_type), after=told)
    changes.announce()
    return put


def _replayable(event_type: str) -> Sequence[Subscription]:
    found = [each for each in subscriptions() if each.replayable and event_type in each.types]
    if not found:
        raise NothingReplayable(f"No subscription that hears {event_type} can be told it again.")
    return found


def _named(name: str, event_type: str) -> Subscription:
    found = next((each for each in subscriptions() if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in subscriptions())
        raise _refused(f"There is no subscription {name[:60]}; there are {names}.")
    if event_type not in found.types:
        raise _refused(f"{name} does not hear {event_type}.")
    if found.handler is not None:
        raise _refused(f"{name} is a handler: its inbox has these events, so that nothing would happen.")
    if not found.replayable:
        raise _refused(f"{name} is not meant to hear an event again.")
    return found


def _refused(message: str) -> Invalid:
    return Invalid.field("subscription", "not_replayable", message)
