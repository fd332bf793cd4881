"""The versions of a price list: locked, ended, added, told of."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from apps.billing.events import RatesChanged
from apps.billing.models import RateStatus, RateStructure, TariffPlan
from apps.billing.tariff import CompiledPlan, Plan
from apps.core import changes, tenancy
from apps.core.actor import Actor
from apps.core.db.statement import violated_constraint
from apps.core.errors import Conflict, Invalid, NotFound, Stale
from apps.core.events import publish


class RateNotFound(NotFound):
    code, title = "rate_not_found", "There is no such rate here"


class RatesOverlap(Conflict):
    code, title = "rates_overlap", "Another rate is in force for this vehicle type and location in that time"


class RateRetired(Conflict):
    code, title = "rate_retired", "This rate has ended"


class RateChangedMeanwhile(Stale):
    code, title = "rate_changed", "This rate was changed since you read it"


def lock_rates() -> None:
    """Let all changes of this tenant's rates queue until the transaction ends; reading goes on.

    They are few, and the whole table is at stake: two rates that would overlap, inserted at once, wait for each
    other at the exclusion constraint, and one of them dies of the deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_ratestructure IN SHARE ROW EXCLUSIVE MODE")


def get_latest(rate_id: UUID, *, expected_version: int, at: datetime) -> RateStructure:
    """The latest version, if it is the one that the caller has seen.

    Raises RateNotFound, RateChangedMeanwhile, RateRetired.
    """
    latest = RateStructure.objects.filter(rate_id=rate_id).order_by("-version").first()
    if latest is None:
        raise RateNotFound("Check the rate's id; it is not one of this tenant.")
    if latest.version != expected_version:
        raise RateChangedMeanwhile(f"It has version {latest.version} now; read it again, then change that.")
    if latest.status_at(at) == RateStatus.RETIRED:
        raise RateRetired("Make a new rate instead.")
    return latest


def end_versions(rate_id: UUID, *, end: datetime, at: datetime) -> None:
    """End at `end` what would go on after it; what was to begin later never does, and a draft never was in force."""
    is_draft = Q(status=RateStatus.DRAFT)
    is_over = is_draft | Q(expiry_at__lte=at)
    versions = RateStructure.objects.filter(rate_id=rate_id)
    versions.filter(is_draft | Q(expiry_at=None) | Q(expiry_at__gt=end)).update(
        expiry_at=Case(When(is_draft, then=F("effective_at")), default=Greatest(F("effective_at"), Value(end)))
    )
    versions.filter(is_over | Q(expiry_at=F("effective_at"))).update(status=RateStatus.RETIRED)


def insert(rate: RateStructure, *, actor: Actor, at: datetime) -> None:
    """Add a version and tell of it. Raises Invalid for an end before its beginning, RatesOverlap."""
    if rate.expiry_at is not None and rate.expiry_at <= rate.effective_at:
        raise Invalid.field("expiryDate", "before_effective_date", "A rate ends after it begins.")
    try:
        with transaction.atomic():
            rate.save(force_insert=True)
    except IntegrityError as error:
        if _constraint(error) == "rates_never_overlap":
            raise RatesOverlap(
                "End or retire the other one first, or choose other dates.", facts=_rival(rate)
            ) from error
        raise
    announce(rate, actor=actor, at=at)


def announce(rate: RateStructure, *, actor: Actor, at: datetime) -> None:
    """Publish RatesChanged as the version now stands."""
    event = RatesChanged(
        rate_id=rate.rate_id,
        tenant_id=tenancy.current().id,
        rate_version=rate.version,
        vehicle_type=rate.vehicle_type,
        location_id=rate.location_id,
        status=str(rate.status),
        effective_at=rate.effective_at,
        expiry_at=rate.expiry_at,
    )
    publish(event, aggregate_id=rate.rate_id, at=at, actor=actor)
    changes.announce()


def keep_plan(plan: Plan | CompiledPlan) -> str:
    """Keep a plan for as long as fees may be recomputed from it; gives its hash."""
    compiled = plan.compiled if isinstance(plan, Plan) else plan
    kept = TariffPlan(hash=compiled.hash, document=compiled.canonical.decode())
    TariffPlan.objects.bulk_create([kept], ignore_conflicts=True)
    return compiled.hash


def terms_of(plan: Plan | CompiledPlan) -> dict[str, Any]:
    """A plan as the fields of a stored version; the plan itself is kept besides (`keep_plan`)."""
    if isinstance(plan, CompiledPlan):
        none: dict[str, Any] = dict.fromkeys(("hourly", "daily", "weekly", "monthly"))
        other = {"grace_period_minutes": 0, "overstay_multiplier": Decimal(1), "tax_rate": Decimal(0), "discounts": []}
        return none | other | {"currency": plan.currency, "plan_hash": plan.hash, "tax_inclusive": False}
    return {
        "currency": plan.currency,
        "plan_hash": "",  # the prices say it; a hash here means a plan instead of them
        "hourly": plan.hourly,
        "daily": plan.daily,
        "weekly": plan.weekly,
        "monthly": plan.monthly,
        "grace_period_minutes": plan.grace_minutes,
        "overstay_multiplier": plan.overstay_multiplier,
        "tax_rate": plan.tax_rate,
        "tax_inclusive": plan.tax_inclusive,
        "discounts": msgspec.to_builtins(plan.discounts),
        "stacking": plan.stacking,
    }


def _constraint(error: IntegrityError) -> str:
    cause = error.__cause__
    return violated_constraint(cause) if isinstance(cause, psycopg.IntegrityError) else ""


def _rival(rate: RateStructure) -> dict[str, object]:
    rivals = RateStructure.objects.filter(
        Q(expiry_at=None) | Q(expiry_at__gt=rate.effective_at),
        vehicle_type=rate.vehicle_type,
        location_id=rate.location_id,
    ).exclude(Q(status=RateStatus.DRAFT) | Q(expiry_at=F("effective_at")))
    if rate.expiry_at is not None:
        rivals = rivals.filter(effective_at__lt=rate.expiry_at)
    rival = rivals.order_by("effective_at").first()
    return {"conflictingRateId": str(rival.rate_id)} if rival else {}
