"""Where vehicles stand: locations with their gates and places, and the types of vehicles."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now

from apps.core.ids import new_id
from apps.core.reach import WithinReach


class VehicleType(models.Model):
    """A kind of vehicle that this tenant admits; `code` is its name on the wire."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=100)
    rank = models.PositiveSmallIntegerField(default=100, help_text="order in lists, lowest first")

    class Meta:
        ordering = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A site. `opening_hours` maps `mon`…`sun` to periods `[["06:00", "22:00"], …]` of local time; empty: always."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200, unique=True)
    timezone = models.CharField(max_length=64, help_text="IANA time zone of everything local here")
    opening_hours = models.JSONField(default=dict, blank=True)
    address = models.TextField(blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    allowed_stay_minutes = models.PositiveIntegerField(
        default=1440, validators=[MinValueValidator(1)], help_text="a stay without an expected exit may last this long"
    )
    payment_required = models.BooleanField(default=False, help_text="no exit before the fee is paid")
    shift_required = models.BooleanField(
        default=False, db_default=False, help_text="cash is taken by cashiers with an open shift alone"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WithinReach["Location"]] = WithinReach("id")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Occupancy(models.Model):
    """How many places a location has, and how many are taken: all that decides an admission, in one row.

    So one row lock makes it safe, and the constraint below holds whatever the code does. `capacities` limits single
    vehicle types; `by_type` counts them. `version` rises with each change; `config_version` with each change of the
    location, its gates or the vehicle types, so that an entry decided on older facts writes nothing.
    """

    location = models.OneToOneField(Location, primary_key=True, on_delete=models.CASCADE, related_name="occupancy")
    capacity = models.PositiveIntegerField()
    capacities = models.JSONField(default=dict, blank=True)
    allow_overbooking = models.BooleanField(default=False)
    occupied = models.IntegerField(default=0)
    overstays = models.IntegerField(default=0)
    by_type = models.JSONField(default=dict, blank=True)
    version = models.BigIntegerField(default=1)
    config_version = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WithinReach["Occupancy"]] = WithinReach()

    class Meta:
        verbose_name_plural = "occupancy"
        constraints = [
            models.CheckConstraint(condition=models.Q(occupied__gte=0), name="occupancy_not_negative"),
            models.CheckConstraint(condition=models.Q(overstays__gte=0), name="overstays_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.occupied} of {self.capacity}"


class Gate(models.Model):
    """A way in or out of a location."""

    class Direction(models.TextChoices):
        ENTRY = "entry"
        EXIT = "exit"
        BOTH = "both"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="gates")
    name = models.CharField(max_length=100)
    direction = models.CharField(max_length=5, choices=Direction.choices, default=Direction.BOTH)

    objects: ClassVar[WithinReach["Gate"]] = WithinReach()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="gate_name_once")]

    def __str__(self) -> str:
        return self.name
