"""What the owner of the tables keeps about schemas: those that wait for a tenant, and how migrations went."""

from django.db import models
from django.db.models.functions import Now


class SpareSchema(models.Model):
    """A schema made beforehand, for the next tenant to take; or, while `ready_at` is null, one that is being made.

    The row is written before its schema, so that a maker who is killed leaves nothing that cannot be found.
    `migrations_hash` says which migrations the schema has seen.
    """

    schema_name = models.CharField(max_length=63, primary_key=True)
    migrations_hash = models.CharField(max_length=64, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.schema_name


class RecordedMigration(models.Model):
    """The SQL that a migration of the tenants' apps came to when Django ran it first: run again on the other schemas.

    `label` is like `parking.0001_initial`; `source_hash` tells when the migration has been edited since. The
    application's role may not write here, for the owner runs what it finds.
    """

    label = models.CharField(max_length=255, primary_key=True)
    source_hash = models.CharField(max_length=64)
    statements = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label
