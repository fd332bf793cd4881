"""Money taken, and the numbers of its receipts."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.core.reach import WithinReach

from .stay_fees import StayFee


class Method(models.TextChoices):
    CASH = "cash"
    CARD = "card"
    UPI = "upi"
    ACCOUNT = "account"
    ONLINE = "online"


class Payment(models.Model):
    """Money taken for a stay: `amount` in minor units of `currency`, at `taken_at` (UTC). Never changed or deleted.

    Of cash, `tendered` is what was handed over for it, where that was told.
    """

    id = models.UUIDField(primary_key=True)
    stay = models.ForeignKey(StayFee, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=7, choices=Method.choices)
    provider = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    receipt_number = models.CharField(max_length=80, unique=True)
    tendered = models.BigIntegerField(null=True, blank=True)
    taken_by = models.UUIDField(null=True, blank=True)
    taken_by_name = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()

    objects: ClassVar[WithinReach["Payment"]] = WithinReach("stay__location_id")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(tendered=None) | Q(method=Method.CASH, tendered__gte=F("amount")), name="payment_tendered"
            ),
            models.UniqueConstraint(
                fields=["method", "provider", "reference"],
                condition=Q(method__in=["card", "upi", "online"]) & ~Q(reference=""),
                name="payment_reference_once",
            ),
        ]
        indexes = [models.Index(fields=["-taken_at"], name="payment_newest")]

    def __str__(self) -> str:
        return self.receipt_number


class ReceiptSequence(models.Model):
    """The last receipt number of a year of the tenant's local calendar; its row lock makes the numbers gapless."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last__gte=1), name="receipt_numbers_from_one")]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
