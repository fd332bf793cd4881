"""Season permits: vehicles of a customer that share places by the month."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.ids import new_id

from .customers import Customer


class Permit(models.Model):
    """`places` vehicles of the permit's stand free at once, from `valid_from` until before `valid_until` (local dates).

    Empty lists mean all locations, all types, all day. With `facts` it lends these to its stays instead of covering
    their time. `price_per_month` is in minor units of `currency`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="permits")
    places = models.PositiveIntegerField(default=1)
    location_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    vehicle_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    windows = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    price_per_month = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1, price_per_month__gte=0), name="permit_has_a_place"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="permit_ends_late"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PermitVehicle(models.Model):
    """A vehicle of a permit: the plate as typed, and its key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    permit = models.ForeignKey(Permit, on_delete=models.CASCADE, related_name="vehicles")
    vehicle_number = models.CharField(max_length=32)
    plate_key = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["permit", "plate_key"], name="permit_vehicle_once")]
        indexes = [models.Index(fields=["plate_key"], name="permit_vehicle_plate")]

    def __str__(self) -> str:
        return self.vehicle_number


class PermitClaim(models.Model):
    """A place of a permit that an ended stay held, from its entry until before its exit (UTC)."""

    stay_id = models.UUIDField(primary_key=True)
    permit = models.ForeignKey(Permit, on_delete=models.PROTECT, related_name="claims")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["permit", "left_at"], name="permit_claims")]

    def __str__(self) -> str:
        return f"{self.permit_id} for {self.stay_id}"
