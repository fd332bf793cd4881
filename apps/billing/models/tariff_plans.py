"""The plans that rates and fees name by their hash."""

from django.db import models
from django.db.models.functions import Now


class TariffPlan(models.Model):
    """A plan in canonical JSON under the SHA-256 of it. Never changed or deleted: old fees are recomputed from it."""

    hash = models.CharField(max_length=64, primary_key=True)
    document = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.hash[:12]
