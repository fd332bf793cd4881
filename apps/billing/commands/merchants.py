"""Making and changing merchants."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from msgspec import UNSET, UnsetType

from apps.billing.accounts import CustomerNotFound
from apps.billing.amounts import minor_amount
from apps.billing.declared_facts import FactValue
from apps.billing.models import Customer, Merchant
from apps.billing.places import require_places
from apps.core import audit, reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import Invalid, NotFound

from .lenders import require_facts, require_version


class MerchantNotFound(NotFound):
    code, title = "merchant_not_found", "There is no such merchant here"


class MerchantTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a merchant; UNSET leaves a term as it is, None is no limit, no price, no payer.

    `price` is an exact decimal in the tenant's currency; `validators` are ids of users and API keys.
    """

    name: str | UnsetType = UNSET
    facts: dict[str, FactValue] | UnsetType = UNSET
    quota_per_day: int | None | UnsetType = UNSET
    quota_per_month: int | None | UnsetType = UNSET
    validators: Sequence[UUID] | UnsetType = UNSET
    price: Decimal | None | UnsetType = UNSET
    customer_id: UUID | None | UnsetType = UNSET
    active: bool | UnsetType = UNSET


@transaction.atomic
def add_merchant(*, terms: MerchantTerms, location_id: UUID | None, actor: Actor) -> Merchant:
    """Make a merchant, at a location or at all. Raises Invalid, CustomerNotFound, OutsideYourLocations."""
    reach.require(location_id)
    if location_id is not None:
        require_places(vehicle_types=(), location_ids=(location_id,))
    merchant = Merchant(location_id=location_id, currency=tenancy.current().currency, name="", facts={})
    _apply(merchant, terms)
    merchant.save(force_insert=True)
    audit.record("merchant.added", audit.Subject("merchant", merchant.id), actor=actor, after=_told(merchant))
    return merchant


@transaction.atomic
def change_merchant(*, merchant_id: UUID, expected_version: int, terms: MerchantTerms, actor: Actor) -> Merchant:
    """Change a merchant; stays that it validated keep what it lent.

    Raises MerchantNotFound, Stale, Invalid, CustomerNotFound, OutsideYourLocations.
    """
    merchant = Merchant.objects.select_for_update().filter(id=merchant_id).first()
    if merchant is None:
        raise MerchantNotFound("Check the merchant's id; it is not one of this tenant.")
    reach.require(merchant.location_id)
    require_version(merchant, expected_version)
    before = _told(merchant)
    _apply(merchant, terms)
    merchant.version += 1
    merchant.save()
    subject = audit.Subject("merchant", merchant.id)
    audit.record("merchant.changed", subject, actor=actor, before=before, after=_told(merchant))
    return merchant


def _apply(merchant: Merchant, terms: MerchantTerms) -> None:
    for name in MerchantTerms.__struct_fields__:
        value = getattr(terms, name)
        if value is not UNSET and name != "price":
            setattr(merchant, name, list(value) if isinstance(value, tuple) else value)
    merchant.name = merchant.name.strip()
    if not merchant.name:
        raise Invalid.field("name", "required", "Give the merchant a name.")
    require_facts(merchant.facts)
    if terms.price is not UNSET:
        merchant.price = _price(terms.price, merchant.currency)
    if merchant.customer_id and not Customer.objects.filter(id=merchant.customer_id).exists():
        raise CustomerNotFound("Check the id of the customer that pays.")
    if merchant.price is not None and merchant.customer_id is None:
        raise Invalid.field("customerId", "required", "Say which customer pays for the validations.")


def _price(price: Decimal | None, currency: str) -> int | None:
    return None if price is None else minor_amount(price, currency, field="pricePerValidation")


def _told(merchant: Merchant) -> dict[str, Any]:
    return {name: getattr(merchant, name) for name in MerchantTerms.__struct_fields__}
