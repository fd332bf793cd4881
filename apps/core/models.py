"""The kernel's tables in each tenant's schema."""

from django.db import models
from django.db.models.functions import Now

from .audit.models import AuditEntry

__all__ = [
    "AuditEntry",
    "Event",
    "EventInbox",
    "EventRedaction",
    "EventSeal",
    "IdempotencyRecord",
    "LiveProjection",
    "TransactionId",
]


class TransactionId(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's `xid8`: which transaction wrote the row, so that a reader can stop before any open one."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentTransaction(models.Func):
    function = "pg_current_xact_id"
    arity = 0
    output_field = TransactionId()


class Event(models.Model):
    """A fact of this tenant. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE.

    It lets one thing pass: personal fields of an event with an EventRedaction become `(erased)`.

    `aggregate_version` counts the events of one aggregate from 1.
    """

    position = models.BigAutoField(primary_key=True)
    tx_id = TransactionId(db_default=CurrentTransaction())
    id = models.UUIDField(unique=True)
    aggregate_type = models.TextField()
    aggregate_id = models.UUIDField()
    aggregate_version = models.BigIntegerField()
    type = models.TextField()
    schema_version = models.SmallIntegerField()
    occurred_at = models.DateTimeField()
    data = models.JSONField()
    metadata = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["aggregate_id", "aggregate_version"], name="event_aggregate_version"),
        ]
        indexes = [
            models.Index(fields=["type", "position"], name="event_type"),
            models.Index(fields=["tx_id", "position"], name="event_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class EventSeal(models.Model):
    """The hash chain over this tenant's events, in the order of their delivery: append-only as they are.

    `digest` is the event's own SHA-256, `hash` that of the seal before together with it.
    """

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    digest = models.BinaryField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.seq}: {self.event_id}"


class EventRedaction(models.Model):
    """That the personal fields of an event were erased, by whom and when (UTC): a chain of its own, append-only.

    `digest_before` is what the event was sealed with, `digest_after` that of what is left of it.
    """

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    erasure_id = models.UUIDField()
    redacted_at = models.DateTimeField()
    redacted_by = models.TextField()
    digest_before = models.BinaryField()
    digest_after = models.BinaryField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.seq}: {self.event_id}"


class EventInbox(models.Model):
    """That a handler's effect of an event has happened: written in the effect's transaction, so it happens once."""

    pk = models.CompositePrimaryKey("consumer", "event_id")
    consumer = models.TextField()
    event_id = models.UUIDField()
    handled_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "event inbox"

    def __str__(self) -> str:
        return f"{self.consumer} has {self.event_id}"


class LiveProjection(models.Model):
    """Which generation of a projection's rows is live: read by queries and grown by events.

    `tx_id` and `position` name the last event that the rebuild read which made it; before any rebuild there is none.
    """

    name = models.TextField(primary_key=True)
    generation = models.IntegerField(default=0, db_default=0)
    tx_id = TransactionId(null=True)
    position = models.BigIntegerField(null=True)
    rebuilt_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name}, generation {self.generation}"


class IdempotencyRecord(models.Model):
    """The first answer to a POST with an `Idempotency-Key`, kept so that a repeat gets it again."""

    pk = models.CompositePrimaryKey("actor_id", "key")
    actor_id = models.UUIDField()
    key = models.TextField()
    fingerprint = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return self.key
