"""The price lists."""

from datetime import datetime
from typing import ClassVar, cast

import msgspec
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Now

from apps.billing.tariff import CompiledPlan, Plan, SimpleDiscounts, Stacking, restore
from apps.core.ids import new_id
from apps.core.reach import WithinReach

from .tariff_plans import TariffPlan

ANYWHERE = "00000000-0000-0000-0000-000000000000"


class RateStatus(models.TextChoices):
    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class _Period(Func):
    """The half-open period in which a rate is in force; empty where it never was."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class RateStructure(models.Model):
    """One version of the prices for a vehicle type, at one location or (without one) at all without their own.

    A version is never changed but for its end: a change of price is a new version with the same `rate_id`. It is in
    force from `effective_at` until before `expiry_at` (UTC); a stay is priced by what was in force when it entered, so
    a retired version still prices the stays of its time. Prices are minor units of `currency` per started unit; where
    none is given, `plan_hash` names the plan that prices instead of them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rate_id = models.UUIDField(help_text="the same for all versions")
    version = models.PositiveIntegerField(default=1)
    vehicle_type = models.CharField(max_length=40)
    location_id = models.UUIDField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    hourly = models.BigIntegerField(null=True, blank=True)
    daily = models.BigIntegerField(null=True, blank=True)
    weekly = models.BigIntegerField(null=True, blank=True)
    monthly = models.BigIntegerField(null=True, blank=True)
    overstay_multiplier = models.DecimalField(max_digits=9, decimal_places=6, default=1)
    grace_period_minutes = models.PositiveIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0, help_text="percent")
    tax_inclusive = models.BooleanField(default=False)
    discounts = models.JSONField(default=list, blank=True, db_default=[])
    stacking = models.CharField(max_length=7, default="inOrder", db_default="inOrder")
    plan_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    effective_at = models.DateTimeField()
    expiry_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=7, choices=RateStatus.choices, default=RateStatus.DRAFT)
    created_by = models.UUIDField(null=True, blank=True)
    created_by_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WithinReach["RateStructure"]] = WithinReach(or_none=True)

    class Meta:
        verbose_name = "rate"
        constraints = [
            models.UniqueConstraint(fields=["rate_id", "version"], name="rate_version_once"),
            models.CheckConstraint(
                condition=Q(hourly__isnull=False)
                | Q(daily__isnull=False)
                | Q(weekly__isnull=False)
                | Q(monthly__isnull=False)
                | ~Q(plan_hash=""),
                name="rate_has_a_price",
            ),
            models.CheckConstraint(
                condition=(Q(hourly=None) | Q(hourly__gte=0))
                & (Q(daily=None) | Q(daily__gte=0))
                & (Q(weekly=None) | Q(weekly__gte=0))
                & (Q(monthly=None) | Q(monthly__gte=0)),
                name="rate_prices_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(overstay_multiplier__gte=1, tax_rate__gte=0, tax_rate__lte=100),
                name="rate_shares_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(expiry_at=None) | Q(expiry_at__gte=F("effective_at")), name="rate_ends_late"
            ),
            ExclusionConstraint(
                name="rates_never_overlap",
                expressions=[
                    (F("vehicle_type"), RangeOperators.EQUAL),
                    (Coalesce(F("location_id"), Value(ANYWHERE, models.UUIDField())), RangeOperators.EQUAL),
                    (_Period(F("effective_at"), F("expiry_at")), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status="draft"),
            ),
        ]
        indexes = [models.Index(fields=["vehicle_type", "effective_at"], name="rate_applicable")]

    @property
    def has_own_plan(self) -> bool:
        """Whether a plan of its own prices, and not hours, days, weeks and months."""
        return bool(self.plan_hash)

    def own_plan(self) -> str:
        """The canonical JSON of the plan of its own; only where it has one."""
        return TariffPlan.objects.get(hash=self.plan_hash).document

    def plan(self) -> Plan | CompiledPlan:
        """The prices, or the plan instead of them, for the tariff engine."""
        if self.has_own_plan:
            return restore(self.own_plan().encode())
        return Plan(
            currency=self.currency,
            hourly=self.hourly,
            daily=self.daily,
            weekly=self.weekly,
            monthly=self.monthly,
            grace_minutes=self.grace_period_minutes,
            overstay_multiplier=self.overstay_multiplier,
            tax_rate=self.tax_rate,
            tax_inclusive=self.tax_inclusive,
            discounts=self.listed_discounts(),
            stacking=cast(Stacking, self.stacking),
        )

    def listed_discounts(self) -> SimpleDiscounts:
        """The discounts of its prices; a plan of its own says them itself."""
        return msgspec.convert(self.discounts, SimpleDiscounts)

    def status_at(self, at: datetime) -> RateStatus:
        """The status at an instant: an active version whose end has come is retired, though no one has touched it."""
        if self.status == RateStatus.ACTIVE and self.expiry_at is not None and self.expiry_at <= at:
            return RateStatus.RETIRED
        return RateStatus(self.status)

    def __str__(self) -> str:
        return f"{self.vehicle_type} v{self.version} ({self.status})"
