"""One stay of one vehicle, from its entry to its exit."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.ids import new_id
from apps.core.reach import WithinReach

from .sites import Location


class EntryStatus(models.TextChoices):
    PARKED = "parked"
    OVERSTAY = "overstay"
    EXITED = "exited"


class Source(models.TextChoices):
    DESKTOP = "desktop"
    WEB = "web"
    MOBILE = "mobile"
    API = "api"


class ParkingEntry(models.Model):
    """A stay. Instants are UTC; `plate_key` is the plate as `apps.parking.plates` normalises it.

    A plate has one open stay in a tenant: a partial unique index says so, whatever arrives at once. `version` counts
    the stay's events; `event_id` and `exit_event_id` are the gate's own ids of what it reported, each accepted once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="entries")
    vehicle_number = models.CharField(max_length=32)
    plate_key = models.CharField(max_length=32)
    vehicle_type = models.CharField(max_length=40)
    driver_name = models.CharField(max_length=200, blank=True)
    driver_phone = models.CharField(max_length=40, blank=True)
    transport_name = models.CharField(max_length=200, blank=True)
    notes = models.CharField(max_length=2000, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.API)
    gate_id = models.UUIDField(null=True, blank=True)
    exit_gate_id = models.UUIDField(null=True, blank=True)
    operator_id = models.UUIDField(null=True, blank=True)
    exit_operator_id = models.UUIDField(null=True, blank=True)
    entry_time = models.DateTimeField()
    expected_exit_time = models.DateTimeField(null=True, blank=True)
    allowed_until = models.DateTimeField()
    exit_time = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=EntryStatus.choices, default=EntryStatus.PARKED)
    overstayed_at = models.DateTimeField(null=True, blank=True)
    event_id = models.CharField(max_length=100, null=True, blank=True)
    exit_event_id = models.CharField(max_length=100, null=True, blank=True)
    version = models.IntegerField(default=1)
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WithinReach["ParkingEntry"]] = WithinReach()

    class Meta:
        verbose_name_plural = "parking entries"
        constraints = [
            models.UniqueConstraint(fields=["plate_key"], condition=Q(exit_time=None), name="entry_one_open_per_plate"),
            models.UniqueConstraint(fields=["event_id"], condition=~Q(event_id=None), name="entry_event_once"),
            models.UniqueConstraint(fields=["exit_event_id"], condition=~Q(exit_event_id=None), name="exit_event_once"),
            models.CheckConstraint(
                condition=Q(exit_time=None) | Q(exit_time__gte=F("entry_time")), name="exit_after_entry"
            ),
            models.CheckConstraint(
                condition=Q(exit_time=None, status__in=["parked", "overstay"])
                | Q(exit_time__isnull=False, status="exited"),
                name="entry_status_fits_exit",
            ),
        ]
        indexes = [
            models.Index(fields=["-entry_time", "-id"], name="entry_newest"),
            models.Index(fields=["location", "-entry_time", "-id"], name="entry_by_location"),
            models.Index(fields=["exit_time"], condition=~Q(exit_time=None), name="entry_by_exit"),
            models.Index(fields=["plate_key", "-entry_time"], name="entry_by_plate"),
            GinIndex(
                fields=["plate_key", "driver_name", "transport_name"],
                opclasses=["gin_trgm_ops"] * 3,
                name="entry_typo_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle_number} ({self.status})"
