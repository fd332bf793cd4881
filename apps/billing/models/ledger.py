"""The ledger's tables: movements and their lines, written once and never changed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.reach import WithinReach


class LedgerTransaction(models.Model):
    """One movement of money: `kind` happened to `reference` at `occurred_at` (UTC). Append-only, by trigger.

    `reverses` is the movement that this one takes back.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    reference = models.UUIDField()
    occurred_at = models.DateTimeField()
    posted_at = models.DateTimeField(db_default=Now())
    location_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    objects: ClassVar[WithinReach["LedgerTransaction"]] = WithinReach(or_none=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reference"], name="ledger_posted_once")]
        indexes = [models.Index(fields=["-occurred_at"], name="ledger_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class LedgerEntry(models.Model):
    """A line: `amount` minor units of `currency` on an account, a debit above zero. Append-only, by trigger.

    The lines of a movement sum to zero in each currency when the database transaction commits, by trigger.
    """

    id = models.UUIDField(primary_key=True)
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=40)
    party_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    objects: ClassVar[WithinReach["LedgerEntry"]] = WithinReach("transaction__location_id", or_none=True)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_line_moves")]
        indexes = [models.Index(fields=["account", "party_id", "currency"], name="ledger_account")]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount} {self.currency} (minor units)"
