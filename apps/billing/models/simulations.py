"""What a price list would have brought."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from apps.core.reach import WithinReach

EVERY_TYPE: Final = "*"


class SimulationStatus(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class TariffSimulation(models.Model):
    """A past period's stays re-rated by a version of a rate: those charged in [`since`, `until`) (UTC).

    `plan_hash` names what prices them. `vehicle_type` may be `EVERY_TYPE`; without a `location_id` it is about all
    locations that have no rate of their own. Of a tenant's at most one is `running`: `counted` of `stays` are done, by
    the worker that made the `attempt`, last heard of at `heard_at`. `outcome` (`lab.tally.Outcome`) is there when it is
    done, `failure` when it failed.
    """

    id = models.UUIDField(primary_key=True)
    rate_id = models.UUIDField()
    rate_version = models.PositiveIntegerField()
    plan_hash = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    location_id = models.UUIDField(null=True)
    vehicle_type = models.CharField(max_length=40)
    status = models.CharField(max_length=7, choices=SimulationStatus.choices, default=SimulationStatus.RUNNING)
    stays = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    heard_at = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    requested_by = models.UUIDField(null=True)
    requested_by_name = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[WithinReach["TariffSimulation"]] = WithinReach()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="running"), name="one_simulation_at_a_time"),
            models.CheckConstraint(
                condition=Q(status="running", outcome__isnull=True, ended_at=None, failure="")
                | Q(status="done", outcome__isnull=False, ended_at__isnull=False, failure="")
                | Q(status="failed", outcome__isnull=True, ended_at__isnull=False) & ~Q(failure=""),
                name="simulation_fits_its_status",
            ),
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="simulation_of_some_time"),
        ]

    def __str__(self) -> str:
        return f"{self.rate_id} v{self.rate_version} over {self.stays} stays ({self.status})"
