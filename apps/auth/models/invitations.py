"""Invitations by e-mail to become a member."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.ids import new_id

from .tenants import Tenant
from .users import User


class Invitation(models.Model):
    """Somebody is asked to become a member with this role at some `locations` or (null) at all, until `expires_at`.

    `digest` is the SHA-256 of the newest link's secret; null until the first e-mail is written. It is open while it
    is neither accepted nor withdrawn; a tenant has one open invitation of an address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=40)
    locations = ArrayField(models.UUIDField(), null=True, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(null=True, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
