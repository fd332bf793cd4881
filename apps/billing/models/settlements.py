"""Fees that a person settled, because no plan had priced the stay."""

from typing import ClassVar

from django.db import models

from apps.core.ids import new_id
from apps.core.reach import WithinReach

from .stay_fees import StayFee


class Settlement(models.Model):
    """Why and by whom a stay got its price after it had left without one. Append-only, by trigger.

    `unpriced_reason` is why it had none. `stated` is set where the amount was stated, and not priced by a rate.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    stay = models.OneToOneField(StayFee, on_delete=models.PROTECT, related_name="settlement")
    unpriced_reason = models.CharField(max_length=40)
    stated = models.BooleanField()
    reason = models.CharField(max_length=200)
    settled_by = models.UUIDField(null=True, blank=True)
    settled_by_name = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField()

    objects: ClassVar[WithinReach["Settlement"]] = WithinReach("stay__location_id")

    def __str__(self) -> str:
        return f"{self.stay_id}: {self.reason}"
