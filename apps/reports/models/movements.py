"""Vehicles coming and going, counted by quarter-hours."""

from typing import ClassVar

from django.db import models

from apps.core.reach import WithinReach


class MovementCount(models.Model):
    """What happened at a location with a vehicle type in the quarter-hour that begins at `quarter_hour` (UTC).

    An entry and an exit count when they happened, whenever they were reported; an overstay from when the vehicle should
    have left. `stay_minutes` is the length of the stays that ended, a started minute whole.
    """

    pk = models.CompositePrimaryKey("generation", "quarter_hour", "location_id", "vehicle_type")
    generation = models.IntegerField()
    quarter_hour = models.DateTimeField()
    location_id = models.UUIDField()
    vehicle_type = models.CharField(max_length=40)
    entries = models.BigIntegerField(default=0)
    exits = models.BigIntegerField(default=0)
    stay_minutes = models.BigIntegerField(default=0)
    overstays = models.BigIntegerField(default=0)

    objects: ClassVar[WithinReach["MovementCount"]] = WithinReach()

    def __str__(self) -> str:
        return f"{self.quarter_hour:%Y-%m-%d %H:%M} {self.vehicle_type}: {self.entries} in, {self.exits} out"
