"""Appending an event to the tenant's store, in the transaction of the change that it tells of."""

import secrets
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.correlation import correlation_id
from apps.core.errors import Invalid
from apps.core.ids import new_id

from .event import DomainEvent

_encode = msgspec.json.Encoder(decimal_format="number").encode

# The next version is taken in the INSERT: a rival that takes the same one fails on the unique constraint.
_APPEND = """
INSERT INTO core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at,
    data, metadata)
SELECT %s, %s, %s::uuid,
       coalesce((SELECT max(aggregate_version) FROM core_event WHERE aggregate_id = %s::uuid), 0) + 1,
       %s, %s, %s, %s::jsonb, %s::jsonb
"""


LARGEST_BYTES = 900_000  # Kafka's brokers refuse a message of a million


class EventTooLarge(Invalid):
    code, title = "event_too_large", "The event is larger than a message may be"


class NotInTransaction(RuntimeError):
    """An event must stand or fall with the change it tells of."""


def publish(event: DomainEvent, *, aggregate_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Append an event and give its id; the outbox row is written with it by a trigger.

    Raises EventTooLarge, NotInTransaction outside `transaction.atomic`, and IntegrityError when another transaction
    appended to the same aggregate meanwhile.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction(f"publish {type(event).__name__} inside the transaction of its change")
    event_id = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                event_id,
                event.aggregate_type,
                aggregate_id,
                aggregate_id,
                type(event).__name__,
                event.schema_version,
                at,
                encode_event(event),
                metadata(actor),
            ],
        )
    return event_id


def encode_event(event: DomainEvent) -> str:
    """An event's data as it is stored. Raises EventTooLarge."""
    encoded = _encode(event)
    if len(encoded) > LARGEST_BYTES:
        raise EventTooLarge(f"{type(event).__name__} has more than {LARGEST_BYTES:,} bytes.")
    return encoded.decode()


def metadata(actor: Actor) -> str:
    """What every event says about its making, as JSON.

    The salt goes with the personal fields when they are erased: without it the digest in the event's seal would tell
    whoever tries all plates which one it was.
    """
    made = {
        "source": f"parking/{actor.kind}",
        "correlationId": correlation_id(),
        "causationId": None,
        "actorId": actor.id,
        "actorName": actor.name,
        "salt": secrets.token_hex(8),
    }
    if actor.session_id is not None:
        made["sessionId"] = actor.session_id
    if actor.support_id is not None:
        made["supportId"] = actor.support_id
    return _encode(made).decode()
