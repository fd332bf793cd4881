"""What each ended stay costs."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.core.reach import WithinReach


class StayFee(models.Model):
    """The fee of one ended stay, priced once at its exit; all amounts in minor units of `currency`.

    Without a price the amounts are null and `unpriced_reason` says why: the vehicle left, the fee is to be settled by a
    person. `paid` is what payments have brought so far. `plan_hash` is that of the plan that priced it.
    """

    stay_id = models.UUIDField(primary_key=True)
    vehicle_type = models.CharField(max_length=40)
    location_id = models.UUIDField()
    duration_minutes = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    base = models.BigIntegerField(null=True)
    penalty = models.BigIntegerField(null=True)
    discount = models.BigIntegerField(null=True)
    tax = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lines = models.JSONField(default=list)
    rate_id = models.UUIDField(null=True)
    rate_version = models.PositiveIntegerField(null=True)
    plan_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    unpriced_reason = models.CharField(max_length=40, blank=True)
    paid = models.BigIntegerField(default=0)
    charged_at = models.DateTimeField()

    objects: ClassVar[WithinReach["StayFee"]] = WithinReach()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("base") + F("penalty") - F("discount") + F("tax")) | Q(total=None),
                name="fee_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(total=None, base=None, penalty=None, discount=None, tax=None) & ~Q(unpriced_reason="")
                | Q(total__gte=0, rate_id__isnull=False, rate_version__isnull=False, unpriced_reason=""),
                name="fee_priced_or_reasoned",
            ),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid__gt=0, paid__lte=F("total"), total__isnull=False),
                name="fee_never_overpaid",
            ),
        ]
        indexes = [
            models.Index(fields=["charged_at"], name="fee_charged"),
            models.Index(fields=["charged_at"], condition=Q(total=None), name="fee_unpriced"),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.currency} (minor units)" if self.total is not None else self.unpriced_reason
