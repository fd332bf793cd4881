"""Making and changing customers."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.billing.accounts import CustomerNotFound, haulier_key
from apps.billing.amounts import minor_amount
from apps.billing.models import Customer, CustomerKind, CustomerVehicle
from apps.billing.plates import key_of
from apps.core import audit, reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import FieldError, Invalid, Stale

MOST_NAMES, MOST_VEHICLES = 50, 2_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_TOLD = ("kind", "credit_limit", "active", "language", "invoice_monthly")


class CustomerDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a customer; None leaves a field as it is. `vehicles` are plates, as typed."""

    name: str | None = None
    transport_names: Sequence[str] | None = None
    vehicles: Sequence[str] | None = None
    email: str | None = None
    address: str | None = None
    tax_id: str | None = None
    language: str | None = None
    credit_limit: Decimal | None = None
    active: bool | None = None
    invoice_monthly: bool | None = None


@transaction.atomic
def add_customer(*, kind: CustomerKind, details: CustomerDetails, actor: Actor) -> Customer:
    """Make a customer with an account in the tenant's currency.

    Raises Invalid, OutsideYourLocations for one who looks after some locations alone.
    """
    reach.require(None)
    if not (details.name or "").strip():
        raise Invalid.field("name", "required", "Give the customer a name.")
    currency = tenancy.current().currency
    customer = Customer(kind=kind, currency=currency, **_fields(details, currency))
    customer.save(force_insert=True)
    _keep_vehicles(customer, details.vehicles)
    audit.record("customer.added", audit.Subject("customer", customer.id), actor=actor, after=_told(customer))
    return customer


@transaction.atomic
def change_customer(
    *, customer_id: UUID, expected_version: int | None, details: CustomerDetails, actor: Actor
) -> Customer:
    """Change what is given; lists are replaced whole. `expected_version` is what the caller has read.

    A lower limit lets nothing more be charged until enough is paid. Raises CustomerNotFound, Stale, Invalid,
    OutsideYourLocations.
    """
    reach.require(None)
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant.")
    if expected_version is not None and expected_version != customer.version:
        raise Stale("Read the customer again and repeat your change on what it says now.")
    before = _told(customer)
    for name, value in _fields(details, customer.currency).items():
        setattr(customer, name, value)
    customer.version += 1
    customer.save()
    _keep_vehicles(customer, details.vehicles)
    named = sorted(name for name, value in msgspec.structs.asdict(details).items() if value is not None)
    subject = audit.Subject("customer", customer.id)
    audit.record("customer.changed", subject, actor=actor, before=before, after=_told(customer) | {"given": named})
    return customer


def _fields(details: CustomerDetails, currency: str) -> dict[str, Any]:
    """The columns that are given, checked. Raises Invalid."""
    given = {name: value for name, value in msgspec.structs.asdict(details).items() if value is not None}
    given.pop("vehicles", None)
    for name in ("name", "email", "address", "tax_id"):
        if name in given:
            given[name] = given[name].strip()
    if given.get("name") == "":
        raise Invalid.field("name", "empty", "Give the customer a name.")
    if given.get("email"):
        _require_email(given["email"])
    if "language" in given and not _LANGUAGE.fullmatch(given["language"]):
        raise Invalid.field("language", "invalid", "Write a language's code, like en or pt-BR.")
    if "credit_limit" in given:
        given["credit_limit"] = minor_amount(given["credit_limit"], currency, field="creditLimit", least=0)
    if "transport_names" in given:
        given |= _hauliers(given["transport_names"])
    return given


def _hauliers(typed: Sequence[str]) -> dict[str, list[str]]:
    names: dict[str, str] = {}
    for name in typed:
        if name.strip():
            names.setdefault(haulier_key(name), name.strip())
    if len(names) > MOST_NAMES:
        raise Invalid.field("transportNames", "too_many", f"At most {MOST_NAMES} names.")
    return {"transport_names": list(names.values()), "transport_keys": list(names)}


def _require_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        message = "Write an e-mail address, like accounts@haulier.example."
        raise Invalid.field("email", "invalid", message) from None


def _keep_vehicles(customer: Customer, typed: Sequence[str] | None) -> None:
    if typed is None:
        return
    wanted = plates_by_key(typed)
    customer.vehicles.exclude(plate_key__in=wanted).delete()
    rows = [CustomerVehicle(customer=customer, vehicle_number=plate, plate_key=key) for key, plate in wanted.items()]
    CustomerVehicle.objects.bulk_create(rows, ignore_conflicts=True)


def plates_by_key(typed: Sequence[str]) -> dict[str, str]:
    """Plates as typed, by their keys. Raises Invalid naming each that is none."""
    if len(typed) > MOST_VEHICLES:
        raise Invalid.field("vehicles", "too_many", f"At most {MOST_VEHICLES} vehicles.")
    errors: list[FieldError] = []
    wanted: dict[str, str] = {}
    for place, plate in enumerate(typed):
        try:
            wanted.setdefault(key_of(plate), plate.strip())
        except Invalid as error:
            errors += [FieldError(f"vehicles[{place}]", one.code, one.message) for one in error.errors]
    if errors:
        raise Invalid("Check the plates.", errors=tuple(errors[:MOST_NAMES]))
    return wanted


def _told(customer: Customer) -> dict[str, Any]:
    """What the trail keeps, which nothing erases: no name, address or plate."""
    return {name: getattr(customer, name) for name in _TOLD}
