"""What an operator has decided about payments, for all its locations or for one."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from apps.core.reach import WithinReach

from .payments import Method

LONGEST_EXIT_GRACE_MINUTES = 24 * 60


class PaymentRules(models.Model):
    """The rules of a location, or of all (without one); what is null there is decided a step higher.

    `methods` are the ways to pay that are offered; `exit_grace_minutes` how long a vehicle may stay after it has paid,
    under a rate that says nothing of it itself.
    """

    id = models.UUIDField(primary_key=True)
    location_id = models.UUIDField(null=True, blank=True)
    methods = ArrayField(models.CharField(max_length=7, choices=Method.choices), null=True, blank=True)
    exit_grace_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(LONGEST_EXIT_GRACE_MINUTES)]
    )
    version = models.PositiveIntegerField()
    changed_by = models.UUIDField(null=True, blank=True)
    changed_by_name = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    objects: ClassVar[WithinReach["PaymentRules"]] = WithinReach(or_none=True)

    class Meta:
        verbose_name_plural = "payment rules"
        constraints = [
            models.UniqueConstraint(fields=["location_id"], nulls_distinct=False, name="payment_rules_once"),
            models.CheckConstraint(
                condition=Q(exit_grace_minutes=None) | Q(exit_grace_minutes__lte=LONGEST_EXIT_GRACE_MINUTES),
                name="exit_grace_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.location_id or 'all locations'} v{self.version}"
