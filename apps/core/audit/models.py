"""The tenant's part of the audit trail."""

from django.db import models

from .rows import AuditRow


class AuditEntry(AuditRow):
    """What was done or tried in this tenant and is told by no event."""

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject_id", "id"], name="audit_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
            models.Index(fields=["action", "id"], name="audit_action"),
        ]
