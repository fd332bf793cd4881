"""Making, changing and retiring price lists. A version is never changed but for its end."""

import dataclasses
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.models import RateStatus, RateStructure
from apps.billing.places import require_place
from apps.billing.tariff import CompiledPlan, Plan, SimpleDiscounts, Stacking
from apps.core import reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import Invalid
from apps.core.ids import new_id

from .rate_versions import announce, end_versions, get_latest, insert, keep_plan, lock_rates, terms_of


class NewRates(msgspec.Struct, frozen=True, kw_only=True):
    """A price list to be made: `location_id` None means every location without one of its own; instants are UTC."""

    vehicle_type: str
    plan: Plan | CompiledPlan
    location_id: UUID | None = None
    effective_at: datetime | None = None
    expiry_at: datetime | None = None
    draft: bool = False


class RateChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; a field left UNSET stays. Prices are minor units, None takes a unit off the list.

    A `plan` replaces the prices, and None takes it back: then the prices given hold. Prices beside a plan are refused.
    """

    hourly: int | None | msgspec.UnsetType = msgspec.UNSET
    daily: int | None | msgspec.UnsetType = msgspec.UNSET
    weekly: int | None | msgspec.UnsetType = msgspec.UNSET
    monthly: int | None | msgspec.UnsetType = msgspec.UNSET
    grace_minutes: int | msgspec.UnsetType = msgspec.UNSET
    overstay_multiplier: Decimal | msgspec.UnsetType = msgspec.UNSET
    tax_rate: Decimal | msgspec.UnsetType = msgspec.UNSET
    tax_inclusive: bool | msgspec.UnsetType = msgspec.UNSET
    discounts: SimpleDiscounts | msgspec.UnsetType = msgspec.UNSET
    stacking: Stacking | msgspec.UnsetType = msgspec.UNSET
    plan: CompiledPlan | None | msgspec.UnsetType = msgspec.UNSET
    effective_at: datetime | msgspec.UnsetType = msgspec.UNSET
    expiry_at: datetime | None | msgspec.UnsetType = msgspec.UNSET
    activate: bool = False


def create_rates(*, rates: NewRates, actor: Actor, at: datetime) -> RateStructure:
    """Make a price list, in force from `effective_at` (default `at`) unless it is a draft.

    It may begin in the past, for a tenant that brings its history along; stays that are priced already keep their fee.

    Raises Invalid for a currency that is not the tenant's, an unknown vehicle type or location, or an end before the
    beginning; RatesOverlap; OutsideYourLocations for one who may not make prices there.
    """
    _require_currency(rates.plan)
    require_place(vehicle_type=rates.vehicle_type, location_id=rates.location_id)
    reach.require(rates.location_id)
    rate = RateStructure(
        rate_id=new_id(),
        version=1,
        vehicle_type=rates.vehicle_type,
        location_id=rates.location_id,
        effective_at=rates.effective_at or at,
        expiry_at=rates.expiry_at,
        status=RateStatus.DRAFT if rates.draft else RateStatus.ACTIVE,
        created_by=actor.id,
        created_by_name=actor.name,
        **terms_of(rates.plan),
    )
    with transaction.atomic():
        lock_rates()
        keep_plan(rates.plan)
        insert(rate, actor=actor, at=at)
    return rate


def update_parking_rates(
    *, rate_id: UUID, expected_version: int, changes: RateChanges, actor: Actor, at: datetime
) -> RateStructure:
    """Replace a price list by a new version, in force from `changes.effective_at` (default: now, or its later start).

    What was in force before that instant stays so. `expected_version` is the version that the caller has seen.

    Raises RateNotFound, RateChangedMeanwhile, RateRetired, RatesOverlap, Invalid for a beginning in the past,
    InvalidPlan, OutsideYourLocations.
    """
    with transaction.atomic():
        lock_rates()
        latest = get_latest(rate_id, expected_version=expected_version, at=at)
        reach.require(latest.location_id)
        draft = latest.status == RateStatus.DRAFT
        start = _new_start(latest, changes, at=at)
        plan = _changed(latest.plan(), changes)
        keep_plan(plan)
        rate = RateStructure(
            rate_id=rate_id,
            version=latest.version + 1,
            vehicle_type=latest.vehicle_type,
            location_id=latest.location_id,
            effective_at=start,
            expiry_at=latest.expiry_at if changes.expiry_at is msgspec.UNSET else changes.expiry_at,
            status=RateStatus.DRAFT if draft and not changes.activate else RateStatus.ACTIVE,
            created_by=actor.id,
            created_by_name=actor.name,
            **terms_of(plan),
        )
        end_versions(rate_id, end=start, at=at)
        insert(rate, actor=actor, at=at)
    return rate


def retire_rates(*, rate_id: UUID, expected_version: int, actor: Actor, at: datetime) -> RateStructure:
    """End a price list at `at`, with all that was planned for it; stays that entered before are still priced by it.

    Raises RateNotFound, RateChangedMeanwhile, RateRetired, OutsideYourLocations.
    """
    with transaction.atomic():
        lock_rates()
        latest = get_latest(rate_id, expected_version=expected_version, at=at)
        reach.require(latest.location_id)
        end_versions(rate_id, end=at, at=at)
        latest.refresh_from_db()
        announce(latest, actor=actor, at=at)
    return latest


def _new_start(latest: RateStructure, changes: RateChanges, *, at: datetime) -> datetime:
    given = latest.effective_at if changes.effective_at is msgspec.UNSET else changes.effective_at
    if latest.status == RateStatus.DRAFT:
        return given
    if given == latest.effective_at:
        return max(at, given)
    if given < at:
        message = "Prices change now or later; what vehicles were promised stays."
        raise Invalid.field("effectiveDate", "in_the_past", message)
    return given


def _changed(plan: Plan | CompiledPlan, changes: RateChanges) -> Plan | CompiledPlan:
    named = {
        field.name: getattr(changes, field.name) for field in dataclasses.fields(Plan) if hasattr(changes, field.name)
    }
    given = {name: value for name, value in named.items() if value is not msgspec.UNSET}
    own = plan if changes.plan is msgspec.UNSET and isinstance(plan, CompiledPlan) else changes.plan
    if isinstance(own, CompiledPlan):
        if given:
            raise Invalid.field(
                "plan", "prices_beside_plan", "A plan says all of the price; leave the other prices out."
            )
        _require_currency(own)
        return own
    if isinstance(plan, CompiledPlan):
        return Plan(currency=plan.currency, **given)
    return dataclasses.replace(plan, **given)


def _require_currency(plan: Plan | CompiledPlan) -> None:
    currency = tenancy.current().currency
    if plan.currency != currency:
        raise Invalid.field("currency", "currency_mismatch", f"This tenant's prices are in {currency}.")
