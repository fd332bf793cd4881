"""The keys that access tokens are signed with."""

from django.db import models
from django.db.models.functions import Now


class SigningKey(models.Model):
    """An Ed25519 key (RFC 8037). `kid` is the public part's thumbprint (RFC 7638), which tokens name.

    It signs from `signs_from` until a newer one does, and verifies until `verifies_until`; null: no end is set. The
    private part is sealed by a key that is derived from SECRET_KEY (`apps.auth.signing.sealing`).
    """

    kid = models.CharField(max_length=43, primary_key=True)
    public_key = models.BinaryField()
    sealed_private_key = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    signs_from = models.DateTimeField()
    verifies_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["signs_from", "kid"]

    def __str__(self) -> str:
        return self.kid
