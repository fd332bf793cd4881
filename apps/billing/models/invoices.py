"""Invoices and credit notes, what is on them, and their numbers."""

from django.db import models
from django.db.models import F, Q

from .customers import AccountCharge, Customer


class Invoice(models.Model):
    """An issued invoice or credit note. Never changed or deleted, by trigger; amounts in minor units of `currency`.

    `content` is all that is printed (`apps.billing.invoicing.content`). The period is half-open, in local dates of the
    tenant. `gross` is net and tax; `due` what is to be paid: gross and `rounding`, less what was `paid` before. `moved`
    is what came to the customer's account by it; `charged_net` and `charged_tax` are what its stays were charged with,
    one by one, before tax was worked out on the sum; of months all is net, for nothing was booked as tax.

    A credit note's amounts are positive, and take away.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    number = models.CharField(max_length=80, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    transport_name = models.CharField(max_length=200, blank=True)
    period_from = models.DateField()
    period_to = models.DateField()
    issue_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    rounding = models.BigIntegerField()
    paid = models.BigIntegerField()
    due = models.BigIntegerField()
    moved = models.BigIntegerField()
    charged_net = models.BigIntegerField()
    charged_tax = models.BigIntegerField()
    credits = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_notes")
    reason = models.CharField(max_length=200, blank=True)
    content = models.JSONField()
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField(null=True, blank=True)
    issued_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="invoice_adds_up"),
            models.CheckConstraint(condition=Q(due=F("gross") + F("rounding") - F("paid")), name="invoice_due_adds_up"),
            models.CheckConstraint(condition=Q(period_to__gt=F("period_from")), name="invoice_period"),
            models.CheckConstraint(
                condition=Q(kind="invoice", credits=None) | Q(kind="credit_note", credits__isnull=False),
                name="invoice_or_credit_note",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="invoice_newest"),
            models.Index(fields=["customer", "-id"], name="invoice_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoicedStay(models.Model):
    """That a stay is on an invoice: its primary key keeps it off every other. A credit note takes the row away.

    `moved` is what of the stay came to the customer's account by the invoice, in minor units.
    """

    stay_id = models.UUIDField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="stays")
    position = models.PositiveIntegerField()
    moved = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_position_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.position}"


class InvoicedCharge(models.Model):
    """That a month of a permit or of validations is on an invoice, and on no other; a credit note takes it away."""

    charge = models.OneToOneField(AccountCharge, on_delete=models.PROTECT, primary_key=True, related_name="invoiced")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="months")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoiced_charge_position_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.position}"


class DocumentSequence(models.Model):
    """The last number of a series and year (INV-2026, CN-2026); its row lock makes the numbers gapless."""

    series = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"
