"""The platform's people in a tenant: by whose leave is the tenant's to see and to end."""

from django.db import models

from apps.core.ids import new_id

from .tenants import Tenant
from .users import User


class SupportSession(models.Model):
    """One of the platform's people acts for a tenant, for a `reason`, until `ends_at` (UTC) at the latest.

    Its sign-in (`sign_in_id`) is deleted when it is long over; this row stays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="support_sessions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="support_sessions")
    sign_in_id = models.UUIDField(unique=True)
    reason = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="support_has_a_reason")]
        indexes = [models.Index(fields=["tenant", "id"], name="support_by_tenant")]

    def __str__(self) -> str:
        return f"{self.user} since {self.started_at:%Y-%m-%d %H:%M} UTC: {self.reason}"
