"""E-mails with a document."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.ids import new_id


class DocumentMail(models.Model):
    """A receipt, an invoice or a credit note that somebody had sent to `to`, and what became of it."""

    class Document(models.TextChoices):
        RECEIPT = "receipt"
        INVOICE = "invoice"

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    document = models.CharField(max_length=7, choices=Document.choices)
    number = models.CharField(max_length=80)
    to = models.CharField(max_length=254)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.UUIDField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="mail_sent_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["number", "-asked_at"], name="mails_of_document")]

    def __str__(self) -> str:
        return f"{self.number} to {self.to} ({self.status})"
