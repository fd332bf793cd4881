"""What lends facts to stays: discount codes with limits, and merchants' validations."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.ids import new_id
from apps.core.reach import WithinReach

from .customers import Customer


class DiscountCode(models.Model):
    """A code that lends `facts` to a stay; what they are worth the stay's plan says. None and empty mean no limit.

    It holds for stays that are at one of the locations and of one of the types, from `valid_from` until before
    `valid_until` (UTC) of its use. Days are the tenant's. `code_key` is what codes are compared by.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    code_key = models.CharField(max_length=40, unique=True)
    facts = models.JSONField()
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    location_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    vehicle_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    max_per_vehicle = models.PositiveIntegerField(null=True, blank=True)
    max_per_day = models.PositiveIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_from=None) | Q(valid_until__gt=F("valid_from")),
                name="code_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.code


class CodeUse(models.Model):
    """A code that was given for a stay, with the facts as it lent them. Taken back, it counts no more.

    `plate_key` goes with the stay's plate when a person's data is erased.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.ForeignKey(DiscountCode, on_delete=models.PROTECT, related_name="uses")
    stay_id = models.UUIDField()
    plate_key = models.CharField(max_length=32, blank=True)
    facts = models.JSONField()
    used_at = models.DateTimeField()
    used_by = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "stay_id"], name="code_used_once_for_a_stay")]
        indexes = [
            models.Index(fields=["code", "used_at"], name="code_uses"),
            models.Index(fields=["stay_id"], name="code_uses_of_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} for {self.stay_id}"


class Merchant(models.Model):
    """A shop or host that validates its visitors' stays, at one location or at all, and lends them `facts`.

    With `validators`, only these users and API keys validate in its name, and in no other that does not list them.
    With a price, each validation that stands is charged to `customer` by the month; minor units of `currency`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    facts = models.JSONField()
    location_id = models.UUIDField(null=True, blank=True)
    quota_per_day = models.PositiveIntegerField(null=True, blank=True)
    quota_per_month = models.PositiveIntegerField(null=True, blank=True)
    validators = ArrayField(models.UUIDField(), default=list, blank=True)
    price = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="merchants")
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WithinReach["Merchant"]] = WithinReach(or_none=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gt=0, customer__isnull=False), name="merchant_price_has_a_payer"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Validation(models.Model):
    """A stay that a merchant validated, with the facts as it lent them; `undone_at` where it was taken back."""

    id = models.UUIDField(primary_key=True, default=new_id)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="validations")
    stay_id = models.UUIDField()
    facts = models.JSONField()
    given_at = models.DateTimeField()
    given_by = models.UUIDField(null=True, blank=True)
    given_by_name = models.CharField(max_length=200, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[WithinReach["Validation"]] = WithinReach("merchant__location_id", or_none=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "stay_id"], condition=Q(undone_at=None), name="stay_validated_once_by_a_merchant"
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "given_at"], name="validations_of_merchant"),
            models.Index(fields=["stay_id"], name="validations_of_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} for {self.stay_id}"
