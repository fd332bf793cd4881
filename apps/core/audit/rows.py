"""The columns of an audit answer, the same in each tenant's schema and in the public one."""

from django.db import models
from django.db.models.functions import Now

from apps.core.ids import new_id


class Outcome(models.TextChoices):
    """What became of it. A `read` is one that leaves a trace: an export, a look at a person's data."""

    DONE = "done"
    READ = "read"
    REFUSED = "refused"


class AuditRow(models.Model):
    """One deed, or attempt, of one actor. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE.

    `before` and `after` hold the fields that differ and no secret. `times` is how often a refusal has been seen by
    then (`refusals`), `code` its problem code. `session_id` is the sign-in, `support_id` the support session that the
    actor worked in; `address` is the client's IP address, `client` what its browser or program calls itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recorded_at = models.DateTimeField(db_default=Now())
    action = models.TextField()
    outcome = models.TextField(choices=Outcome.choices)
    code = models.TextField(blank=True, db_default="")
    times = models.BigIntegerField(db_default=1)
    subject_type = models.TextField(blank=True)
    subject_id = models.TextField(blank=True)
    actor_kind = models.TextField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.TextField(blank=True)
    session_id = models.UUIDField(null=True)
    support_id = models.UUIDField(null=True)
    address = models.TextField(blank=True)
    client = models.TextField(blank=True)
    correlation_id = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_name}"
