"""Whom providers vouch for, and what was good once."""

from django.db import models

from apps.core.ids import new_id

from .users import User


class ProviderIdentity(models.Model):
    """A person's account at a provider, by its `subject`, which never changes hands there; an address may.

    `email` is what the provider called the person when they were linked, for them to recognise it by.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="provider_identities")
    provider = models.CharField(max_length=20)
    subject = models.CharField(max_length=255)
    email = models.EmailField()
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="provider_subject_once"),
            models.UniqueConstraint(fields=["user", "provider"], name="provider_once_for_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.provider}"


class SpentOnce(models.Model):
    """Something signed that was good once, and is spent; kept until it would have run out anyway."""

    id = models.UUIDField(primary_key=True, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="spent_once_expires")]

    def __str__(self) -> str:
        return str(self.id)
