"""Money that was charged, taken and given back, summed by quarter-hours; in minor units."""

from typing import ClassVar

from django.db import models

from apps.core.reach import WithinReach


class FeeSum(models.Model):
    """The fees of stays that ended in the quarter-hour that begins at `quarter_hour` (UTC).

    A stay that no rate could price counts in `unpriced_stays` and nowhere else, until somebody settles it.
    """

    pk = models.CompositePrimaryKey("generation", "quarter_hour", "location_id", "vehicle_type", "currency")
    generation = models.IntegerField()
    quarter_hour = models.DateTimeField()
    location_id = models.UUIDField()
    vehicle_type = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    charged = models.BigIntegerField(default=0)
    priced_stays = models.BigIntegerField(default=0)
    unpriced_stays = models.BigIntegerField(default=0)

    objects: ClassVar[WithinReach["FeeSum"]] = WithinReach()

    def __str__(self) -> str:
        return f"{self.quarter_hour:%Y-%m-%d %H:%M} {self.charged} {self.currency} (minor units)"


class PaymentSum(models.Model):
    """The payments taken in the quarter-hour that begins at `quarter_hour` (UTC), and what was given back in it.

    A void or a refund counts when it happened, under the payment's method; `taken` and `payments` do not shrink by it.
    Payments of before PaymentTaken named them have no location and no vehicle type.
    """

    generation = models.IntegerField()
    quarter_hour = models.DateTimeField()
    location_id = models.UUIDField(null=True)
    vehicle_type = models.CharField(max_length=40, null=True)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=7)
    taken = models.BigIntegerField(default=0)
    payments = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0, db_default=0)
    voids = models.BigIntegerField(default=0, db_default=0)
    refunded = models.BigIntegerField(default=0, db_default=0)
    refunds = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[WithinReach["PaymentSum"]] = WithinReach()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "quarter_hour", "location_id", "vehicle_type", "currency", "method"],
                nulls_distinct=False,
                name="payment_sum_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_hour:%Y-%m-%d %H:%M} {self.taken} {self.currency} (minor units) by {self.method}"
