"""Customers with an account: hauliers and firms that pay by the month, or out of what they paid in before."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.ids import new_id

from .shifts import CashShift


class CustomerKind(models.TextChoices):
    CREDIT = "credit"
    PREPAID = "prepaid"


LEDGER_ACCOUNTS: Final = {CustomerKind.CREDIT: "haulier_receivable", CustomerKind.PREPAID: "prepaid_liability"}
"""The account of the ledger that the charges and payments of each kind are on."""


class Customer(models.Model):
    """A customer and how far its account goes: what it owes never exceeds `credit_limit`, minor units of `currency`.

    A prepaid one owes less than nothing: the operator holds its money; its limit says how far it may be overdrawn.
    The kind never changes, for it says which account of the ledger holds its movements. `transport_keys` are the names
    as they are compared. Nobody is deleted, for invoices and the ledger name them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=7, choices=CustomerKind.choices)
    transport_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    transport_keys = ArrayField(models.CharField(max_length=600), default=list, blank=True, editable=False)
    email = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=1000, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="en")
    currency = models.CharField(max_length=3)
    credit_limit = models.BigIntegerField(default=0)
    active = models.BooleanField(default=True)
    invoice_monthly = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(credit_limit__gte=0), name="customer_limit_not_negative")]
        indexes = [GinIndex(fields=["transport_keys"], name="customer_hauliers")]

    @property
    def ledger_account(self) -> str:
        """The account of the ledger on which its movements are."""
        return LEDGER_ACCOUNTS[CustomerKind(self.kind)]

    def __str__(self) -> str:
        return self.name


class CustomerVehicle(models.Model):
    """A vehicle whose stays a customer pays for: the plate as typed, and its key. Two customers may share one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="vehicles")
    vehicle_number = models.CharField(max_length=32)
    plate_key = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "plate_key"], name="customer_vehicle_once")]
        indexes = [models.Index(fields=["plate_key"], name="customer_vehicle_plate")]

    def __str__(self) -> str:
        return self.vehicle_number


class AccountCharge(models.Model):
    """What was put on a customer's account: `amount` in minor units of `currency`, at `charged_at` (UTC). Append-only.

    `of` says what for, and `reference` is its id: the payment of a stay with method `account`, or a month of a permit
    or of a merchant's validations (`commands/monthly_charges.py`).
    """

    class Of(models.TextChoices):
        PAYMENT = "payment"
        PERMIT = "permit"
        VALIDATIONS = "validations"

    id = models.UUIDField(primary_key=True, default=new_id)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="charges")
    of = models.CharField(max_length=20, choices=Of.choices)
    reference = models.UUIDField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    charged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "reference"], name="account_charged_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="account_charge_positive"),
        ]
        indexes = [models.Index(fields=["customer", "charged_at"], name="account_charges")]

    def __str__(self) -> str:
        return f"{self.of}: {self.amount} {self.currency} (minor units)"


class CustomerPayment(models.Model):
    """Money from a customer, for its account or an invoice; in minor units of `currency`, at `taken_at`. Append-only.

    Cash is of the `shift` that its cashier had open. Its receipt number is of the same sequence as those of stays.
    """

    class Method(models.TextChoices):
        CASH = "cash"
        CARD = "card"
        UPI = "upi"
        ONLINE = "online"
        BANK_TRANSFER = "bank_transfer"

    class Purpose(models.TextChoices):
        TOPUP = "topup"
        INVOICE = "invoice"

    id = models.UUIDField(primary_key=True, default=new_id)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=13, choices=Method.choices)
    reference = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    invoice_id = models.UUIDField(null=True, blank=True)
    receipt_number = models.CharField(max_length=80, unique=True)
    taken_by = models.UUIDField(null=True, blank=True)
    taken_by_name = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, null=True, related_name="customer_payments")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="customer_payment_positive")]
        indexes = [
            models.Index(fields=["-taken_at"], name="customer_payment_newest"),
            models.Index(fields=["invoice_id"], condition=~Q(invoice_id=None), name="customer_payment_invoice"),
        ]

    def __str__(self) -> str:
        return self.receipt_number
