"""Cash shifts: whose drawer it is, from its float to its count, and which payments a count has counted."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from apps.core.reach import WithinReach

from .payments import Payment


class ShiftStatus(models.TextChoices):
    OPEN = "open"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"


class _Period(Func):
    """The half-open period of a shift; one that is open has no end."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class CashShift(models.Model):
    """A cashier's time at a drawer; amounts in minor units of `currency`, instants UTC.

    A shift that was counted, to be closed or handed over, is never changed (by trigger); a mistake in its count is
    put right by a `ShiftRecount`. `denominations` are pairs of a note's or coin's minor units and how many there were.
    """

    id = models.UUIDField(primary_key=True)
    location_id = models.UUIDField()
    drawer = models.CharField(max_length=40)
    cashier_id = models.UUIDField()
    cashier_name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    opening_float = models.BigIntegerField()
    taken_over_from = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="taken_over_by")
    opened_at = models.DateTimeField()
    status = models.CharField(max_length=11, choices=ShiftStatus.choices, default=ShiftStatus.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    expected = models.BigIntegerField(null=True)
    counted = models.BigIntegerField(null=True)
    denominations = models.JSONField(default=list)

    objects: ClassVar[WithinReach["CashShift"]] = WithinReach()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opening_float__gte=0), name="shift_float_not_negative"),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None, expected=None, counted=None)
                | ~Q(status="open")
                & Q(closed_at__gte=F("opened_at"), expected__isnull=False, counted__gte=0, counted__isnull=False),
                name="shift_open_or_counted",
            ),
            models.UniqueConstraint(fields=["cashier_id"], condition=Q(status="open"), name="shift_one_per_cashier"),
            models.UniqueConstraint(
                fields=["location_id", "drawer"], condition=Q(status="open"), name="shift_one_per_drawer"
            ),
            ExclusionConstraint(
                name="shifts_of_a_cashier_never_overlap",
                expressions=[
                    (F("cashier_id"), RangeOperators.EQUAL),
                    (_Period(F("opened_at"), F("closed_at")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="shift_newest")]

    @property
    def is_open(self) -> bool:
        """Whether it has still to be counted."""
        return self.status == ShiftStatus.OPEN

    def __str__(self) -> str:
        return f"{self.cashier_name}, {self.drawer} ({self.status})"


class ShiftPayment(models.Model):
    """That a count has counted a cash payment: once, and in one shift, by the primary key. Append-only, by trigger."""

    payment = models.OneToOneField(Payment, primary_key=True, on_delete=models.PROTECT, related_name="counted_in")
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, related_name="payments")

    objects: ClassVar[WithinReach["ShiftPayment"]] = WithinReach("shift__location_id")

    def __str__(self) -> str:
        return f"{self.payment_id} in {self.shift_id}"
