"""What the kernel keeps for all tenants together, in the public schema.

Kept apart from the tenants' tables so that one process can serve every tenant by one query. No foreign key
leaves: a row names its tenant by id or schema.
"""

from django.db import models
from django.db.models.functions import Now

from apps.core.audit.rows import AuditRow


class Undelivered(models.Model):
    """The columns of an event that waits for somebody. `shard` is its tenant's part of the relays' work."""

    shard = models.SmallIntegerField()
    tenant_schema = models.TextField()
    event_position = models.BigIntegerField()
    event_id = models.UUIDField()
    aggregate_type = models.TextField()
    aggregate_id = models.UUIDField()
    aggregate_version = models.BigIntegerField()
    type = models.TextField()
    schema_version = models.SmallIntegerField()
    occurred_at = models.DateTimeField()
    data = models.JSONField()
    metadata = models.JSONField()
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class EventOutbox(Undelivered):
    """An event that the relay has still to deliver: written by a trigger of the event table, deleted when delivered."""

    position = models.BigAutoField(primary_key=True)

    class Meta:
        verbose_name = "undelivered event"
        indexes = [models.Index(fields=["shard", "position"], name="outbox_shard")]


class Delivery(Undelivered):
    """An event that one subscription has not taken when its turn was: it failed, was slow, or waits for one that did.

    `position` is the outbox's. Dead (`dead_at`) after the last try; then a person re-drives or discards it.
    """

    subscription = models.TextField()
    position = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    error = models.TextField(default="", blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["subscription", "event_id"], name="delivery_once")]
        indexes = [
            models.Index(fields=["subscription", "shard", "position"], name="delivery_order"),
            models.Index(fields=["subscription", "aggregate_id", "position"], name="delivery_aggregate"),
        ]


class Deadline(models.Model):
    """Something of a tenant falls due at an instant, unless it is cleared before.

    One table for all tenants, so that a tick costs what is due and not how many tenants there are.
    """

    subject_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    kind = models.TextField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "due_at"], name="deadline_due")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id} at {self.due_at:%Y-%m-%dT%H:%M:%SZ}"


class ConsumedOffset(models.Model):
    """How far a group of consumers has handled one partition of Kafka; moved in the transaction of each effect.

    `end_offset` is where the partition ended when a consumer last looked, at `seen_at`. The counts are of messages:
    `repeated` ones had been handled before.
    """

    consumer_group = models.TextField()
    topic = models.TextField()
    partition = models.IntegerField()
    next_offset = models.BigIntegerField()
    end_offset = models.BigIntegerField()
    seen_at = models.DateTimeField()
    handled = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    dead_lettered = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consumer_group", "topic", "partition"], name="consumed_offset_once"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.partition}: {self.next_offset}"


class PlatformAudit(AuditRow):
    """What was done or tried about the installation itself: tenants, people, keys, support."""

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject_id", "id"], name="platform_audit_subject"),
            models.Index(fields=["actor_id", "id"], name="platform_audit_actor"),
        ]
