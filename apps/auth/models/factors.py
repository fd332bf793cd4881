"""A person's second factor: what an authenticator app and a person keep, and what we keep of it."""

from django.db import models

from apps.core.ids import new_id

from .users import User


class SecondFactor(models.Model):
    """A secret shared with an authenticator app (TOTP, RFC 6238); asked for once `confirmed_at` is set.

    `last_step` is the newest step of 30 seconds whose code was used: no code is good twice (RFC 6238, section 5.2).
    The secret is sealed by a key that is derived from SECRET_KEY (`apps.auth.signing.sealing`).
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """One of the codes for who has lost the app, good once; `digest` is its SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"
