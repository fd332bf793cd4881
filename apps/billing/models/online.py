"""What a payment provider does for us: payments over the internet, money it sends back, disputes, what it told us."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from apps.core.reach import WithinReach

from .payments import Payment
from .refunds import Refund
from .stay_fees import StayFee

LONGEST_ID: Final = 255
"""How long an id of the provider's may be (docs.stripe.com/upgrades, "Object IDs")."""

OVER: Final = ("won", "lost", "warning_closed", "prevented")
"""What a dispute is when nothing more will come of it."""


class OnlineStatus(models.TextChoices):
    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


STILL_OPEN: Final = (OnlineStatus.CREATED, OnlineStatus.PENDING, OnlineStatus.FAILED)
"""Where a payment can still be made."""


class OnlinePayment(models.Model):
    """A payment that somebody was asked to make at the provider's: `amount` in minor units of `currency`.

    `created`: the provider has not heard of it. `failed` is one that was tried in vain and may be tried again. What was
    due was due at `priced_at` (UTC). `account` is the provider's connected account that it goes to; empty is the
    installation's own. `unwanted` ones are canceled at the next occasion. `payment` is there once the
    money is.
    """

    id = models.UUIDField(primary_key=True)
    stay = models.ForeignKey(StayFee, on_delete=models.PROTECT, related_name="online_payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=LONGEST_ID, blank=True, default="", db_default="")
    provider_id = models.CharField(max_length=LONGEST_ID, blank=True)
    status = models.CharField(max_length=9, choices=OnlineStatus.choices)
    unwanted = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)
    priced_at = models.DateTimeField()
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="online")
    created_by = models.UUIDField(null=True, blank=True)
    created_by_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[WithinReach["OnlinePayment"]] = WithinReach("stay__location_id")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="online_payment_positive"),
            models.CheckConstraint(
                condition=Q(payment=None) | Q(status=OnlineStatus.SUCCEEDED), name="online_payment_succeeded"
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_id"], condition=~Q(provider_id=""), name="online_payment_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["changed_at"], condition=Q(status__in=["created", "pending", "failed"]), name="online_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.provider_id or self.id}"


class SendingStatus(models.TextChoices):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundSending(models.Model):
    """One attempt to send a refund's money back by the provider; after one that failed for good comes the next.

    `settled`: it left us once, though it may have come back since (`failed`).
    """

    id = models.UUIDField(primary_key=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="sendings")
    attempt = models.PositiveSmallIntegerField(default=1)
    provider_id = models.CharField(max_length=LONGEST_ID, blank=True)
    status = models.CharField(max_length=9, choices=SendingStatus.choices, default=SendingStatus.PENDING)
    settled = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[WithinReach["RefundSending"]] = WithinReach("refund__payment__stay__location_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "attempt"], name="refund_attempt_once"),
            models.UniqueConstraint(fields=["refund"], condition=~Q(status="failed"), name="refund_sent_once"),
            models.UniqueConstraint(
                fields=["provider_id"], condition=~Q(provider_id=""), name="refund_of_provider_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.provider_id or self.id}"


class Dispute(models.Model):
    """A chargeback: a payer had the card's bank take `amount` (minor units) back, or ask about it.

    `withdrawn` and `reinstated` say what the provider's balance saw of it; `fee` and `fee_returned` what it cost.
    `due_by` (UTC) is when evidence has to be in. `charge_refundable`: the payment may still be given back, and all of
    it given back ends the matter.
    """

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=LONGEST_ID, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=40)
    withdrawn = models.BooleanField(default=False)
    reinstated = models.BooleanField(default=False)
    fee = models.BigIntegerField(default=0)
    fee_returned = models.BigIntegerField(default=0)
    charge_refundable = models.BooleanField(default=False, db_default=False)
    due_by = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[WithinReach["Dispute"]] = WithinReach("payment__stay__location_id")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_positive")]

    @property
    def is_lost(self) -> bool:
        """Whether the money is gone for good."""
        return self.status == "lost"

    @property
    def is_inquiry(self) -> bool:
        """Whether the bank only asks, and has taken nothing."""
        return self.status.startswith("warning_")

    @property
    def has_verdict(self) -> bool:
        """Whether it is over for good; an inquiry that was closed may still come back as a chargeback."""
        return self.is_over and not self.is_inquiry

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in OVER

    def __str__(self) -> str:
        return f"{self.status} {self.provider_id}"


class HeardEvent(models.Model):
    """An event of the provider's that was acted upon, so that a repeat is not."""

    id = models.CharField(max_length=LONGEST_ID, primary_key=True)
    type = models.CharField(max_length=100)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
