"""Money given back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.core.reach import WithinReach

from .payments import Payment
from .shifts import CashShift


class RefundKind(models.TextChoices):
    REFUND = "refund"
    VOID = "void"


class Refund(models.Model):
    """A payment given back, in part or whole: `amount` in minor units of `currency`, at `given_at` (UTC).

    A refund leaves the fee settled; a void undoes the whole payment, and the fee is due again. `surplus` is the part of
    a refund that no fee needed: paid too much, or in advance of a stay that has not ended. Cash that left a drawer is
    of the `shift` that was open there. Append-only, by trigger.
    """

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    kind = models.CharField(max_length=6, choices=RefundKind.choices)
    amount = models.BigIntegerField()
    surplus = models.BigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    given_by = models.UUIDField(null=True, blank=True)
    given_by_name = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, null=True, related_name="refunds")

    objects: ClassVar[WithinReach["Refund"]] = WithinReach("payment__stay__location_id")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(surplus=0) | Q(kind=RefundKind.REFUND, surplus__gt=0, surplus__lte=F("amount")),
                name="refund_surplus",
            ),
            models.UniqueConstraint(fields=["payment"], condition=Q(kind="void"), name="payment_voided_once"),
        ]
        indexes = [models.Index(fields=["-given_at"], name="refund_newest")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.amount} {self.currency} (minor units)"
