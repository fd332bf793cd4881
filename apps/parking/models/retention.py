"""How long persons are kept."""

from django.db import models
from django.db.models import Q


class RetentionRule(models.Model):
    """After how many `days` an ended stay loses its plate, names, phone and notes; null: never. One row a tenant."""

    id = models.SmallIntegerField(primary_key=True)
    days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="retention_rule_one_row")]

    def __str__(self) -> str:
        return "for ever" if self.days is None else f"{self.days} days"
