"""Passkeys: what an authenticator proves itself by, and what we keep of it."""

from django.db import models

from apps.core.ids import new_id

from .users import User


class Passkey(models.Model):
    """A WebAuthn credential of a person, good at the host `rp_id` alone.

    `credential` is its public part as the authenticator gave it (attested credential data, section 6.5.1), `sign_count`
    the last count that it told: one that does not grow is that of a copy, unless it never counted (section 6.1.1).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()
    rp_id = models.CharField(max_length=253)
    name = models.CharField(max_length=60)
    sign_count = models.BigIntegerField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="passkey_by_user")]

    def __str__(self) -> str:
        return self.name
