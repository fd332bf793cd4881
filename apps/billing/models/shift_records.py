"""What happens at a drawer besides payments: money carried in and out, reports, recounts. Append-only, by trigger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.core.reach import WithinReach

from .shifts import CashShift


class MovementKind(models.TextChoices):
    PAY_IN = "pay_in"
    EXPENSE = "expense"
    DEPOSIT = "deposit"


class IncidentCause(models.TextChoices):
    LOST_TICKET = "lost_ticket"
    MANUAL_OPEN = "manual_open"


class ShiftMovement(models.Model):
    """Cash that came into a drawer or left it without a payment: `amount` above zero in minor units.

    A `pay_in` comes from the safe (change), a `deposit` goes there, an `expense` is paid out.
    """

    id = models.UUIDField(primary_key=True)
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=7, choices=MovementKind.choices)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    moved_by = models.UUIDField(null=True)
    moved_by_name = models.CharField(max_length=200, blank=True)
    moved_at = models.DateTimeField()

    objects: ClassVar[WithinReach["ShiftMovement"]] = WithinReach("shift__location_id")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="shift_movement_positive")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.amount} (minor units)"


class ShiftIncident(models.Model):
    """What may explain a count: a lost ticket, by its stay, or a barrier opened by hand, by its gate's name."""

    id = models.UUIDField(primary_key=True)
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, related_name="incidents")
    cause = models.CharField(max_length=11, choices=IncidentCause.choices)
    stay_id = models.UUIDField(null=True)
    gate = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200)
    reported_by = models.UUIDField(null=True)
    reported_by_name = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField()

    objects: ClassVar[WithinReach["ShiftIncident"]] = WithinReach("shift__location_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stay_id"], condition=Q(cause="lost_ticket"), name="ticket_of_a_stay_lost_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause}: {self.reason}"


class ShiftRecount(models.Model):
    """A drawer counted again by somebody else, and why: the `number`-th of its shift; the last one counts."""

    id = models.UUIDField(primary_key=True)
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, related_name="recounts")
    number = models.PositiveSmallIntegerField()
    counted = models.BigIntegerField()
    denominations = models.JSONField(default=list)
    reason = models.CharField(max_length=200)
    recounted_by = models.UUIDField(null=True)
    recounted_by_name = models.CharField(max_length=200, blank=True)
    recounted_at = models.DateTimeField()

    objects: ClassVar[WithinReach["ShiftRecount"]] = WithinReach("shift__location_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "number"], name="shift_recount_numbered"),
            models.CheckConstraint(condition=Q(counted__gte=0), name="shift_recount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.counted} (minor units)"
