"""What each stay costs, and what is known of it before it has ended."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from apps.core.reach import WithinReach

STILL_PARKED: Final = "still_parked"


class StayFee(models.Model):
    """The account of one stay: its fee, priced once at its exit; all amounts in minor units of `currency`.

    Without a price the amounts are null and `unpriced_reason` says why: the vehicle left, the fee is to be settled by a
    person. `paid` is what payments have brought so far. `plan_hash` is that of the plan that priced it, and `entry_at`,
    `ended_at`, `allowed_until` and `priced_from` (`PricedFrom`) are all that it was priced from; null in rows from
    before these were kept.

    A stay of which billing learns something before it ends (a payment, a fact) has an open row, `still_parked`, and
    each such thing makes the next `revision`: the exit writes only over the one that it priced by.
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
    entry_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    allowed_until = models.DateTimeField(null=True)
    priced_from = models.JSONField(default=dict, db_default={})
    revision = models.PositiveIntegerField(default=0, db_default=0)
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
                | Q(total__gte=0, rate_id__isnull=False, rate_version__isnull=False, unpriced_reason="")
                | Q(total__gte=0, rate_id=None, rate_version=None, plan_hash="", unpriced_reason=""),  # a settlement
                name="fee_priced_or_reasoned",
            ),
            models.CheckConstraint(
                condition=Q(paid=0)
                | Q(paid__gt=0, paid__lte=F("total"), total__isnull=False)
                | Q(paid__gt=0, revision__gt=0),  # in advance
                name="fee_never_overpaid",
            ),
        ]
        indexes = [
            models.Index(fields=["charged_at"], name="fee_charged"),
            models.Index(fields=["charged_at"], condition=Q(total=None), name="fee_unpriced"),
            models.Index(fields=["charged_at"], condition=Q(revision__gt=0), name="fee_known_before"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether the stay has not ended yet."""
        return self.unpriced_reason == STILL_PARKED

    def __str__(self) -> str:
        return f"{self.total} {self.currency} (minor units)" if self.total is not None else self.unpriced_reason
