"""Making and changing season permits."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from msgspec import UNSET, UnsetType

from apps.billing.accounts import CustomerNotFound
from apps.billing.amounts import minor_amount
from apps.billing.declared_facts import FactValue
from apps.billing.models import Customer, Permit, PermitVehicle
from apps.billing.permit_terms import PermitWindow
from apps.billing.places import require_places
from apps.core import audit, reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import Invalid, NotFound
from apps.core.ids import new_id

from .customers import plates_by_key
from .lenders import require_version


class PermitNotFound(NotFound):
    code, title = "permit_not_found", "There is no such permit here"


class PermitDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a permit; UNSET leaves it as it is. Dates are local, `valid_until` is not included.

    `price_per_month` is an exact decimal in the tenant's currency; `vehicles` are plates as typed.
    """

    vehicles: Sequence[str] | UnsetType = UNSET
    places: int | UnsetType = UNSET
    location_ids: Sequence[UUID] | UnsetType = UNSET
    vehicle_types: Sequence[str] | UnsetType = UNSET
    windows: Sequence[PermitWindow] | UnsetType = UNSET
    facts: Mapping[str, FactValue] | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
    valid_until: date | None | UnsetType = UNSET
    price_per_month: Decimal | UnsetType = UNSET
    active: bool | UnsetType = UNSET


@transaction.atomic
def add_permit(*, customer_id: UUID, details: PermitDetails, actor: Actor) -> Permit:
    """Make a permit for a customer. Raises CustomerNotFound, Invalid, OutsideYourLocations."""
    reach.require(None)
    if not Customer.objects.filter(id=customer_id).exists():
        raise CustomerNotFound("Check the id of the customer whose permit it is.")
    permit_id = new_id()
    permit = Permit(
        id=permit_id,
        number=f"P-{permit_id.hex[-8:].upper()}",
        customer_id=customer_id,
        currency=tenancy.current().currency,
    )
    _apply(permit, details)
    permit.save(force_insert=True)
    _keep_vehicles(permit, details.vehicles)
    audit.record("permit.added", audit.Subject("permit", permit.id), actor=actor, after=_told(permit))
    return permit


@transaction.atomic
def change_permit(*, permit_id: UUID, expected_version: int, details: PermitDetails, actor: Actor) -> Permit:
    """Change a permit from now on; stays that have ended keep what they were charged.

    Raises PermitNotFound, Stale, Invalid, OutsideYourLocations.
    """
    reach.require(None)
    permit = Permit.objects.select_for_update().filter(id=permit_id).first()
    if permit is None:
        raise PermitNotFound("Check the permit's id; it is not one of this tenant.")
    require_version(permit, expected_version)
    before = _told(permit)
    _apply(permit, details)
    permit.version += 1
    permit.save()
    _keep_vehicles(permit, details.vehicles)
    subject = audit.Subject("permit", permit.id)
    audit.record("permit.changed", subject, actor=actor, before=before, after=_told(permit))
    return permit


def _apply(permit: Permit, details: PermitDetails) -> None:
    for name in PermitDetails.__struct_fields__:
        value = getattr(details, name)
        if value is not UNSET and name not in ("vehicles", "windows", "price_per_month"):
            setattr(permit, name, list(value) if isinstance(value, tuple) else value)
    if details.windows is not UNSET:
        permit.windows = msgspec.to_builtins(details.windows)
    if details.price_per_month is not UNSET:
        permit.price_per_month = minor_amount(details.price_per_month, permit.currency, field="pricePerMonth", least=0)
    _require_sense(permit)
    require_places(vehicle_types=permit.vehicle_types, location_ids=permit.location_ids)


def _require_sense(permit: Permit) -> None:
    if not 1 <= permit.places <= 10_000:
        raise Invalid.field("places", "out_of_range", "A permit has 1 to 10000 places.")
    if permit.valid_until is not None and permit.valid_until <= permit.valid_from:
        raise Invalid.field("validUntil", "before_valid_from", "A permit ends after it begins; its last day is before.")
    if any(window["begins"] >= window["ends"] for window in permit.windows):
        raise Invalid.field("windows", "ends_before_it_begins", "A window ends on its day; write two for a night.")


def _keep_vehicles(permit: Permit, typed: Sequence[str] | UnsetType) -> None:
    if typed is UNSET:
        return
    wanted = plates_by_key(typed)
    permit.vehicles.exclude(plate_key__in=wanted).delete()
    rows = [PermitVehicle(permit=permit, vehicle_number=plate, plate_key=key) for key, plate in wanted.items()]
    PermitVehicle.objects.bulk_create(rows, ignore_conflicts=True)


def _told(permit: Permit) -> dict[str, Any]:
    """What the trail keeps; plates are no business of it."""
    return {"number": permit.number, "customer_id": permit.customer_id} | {
        name: getattr(permit, name) for name in PermitDetails.__struct_fields__ if name != "vehicles"
    }
