"""What clients send to and get from the API of discount codes, merchants, and what they lend to stays."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from apps.billing.commands.discount_codes import CodeTerms
from apps.billing.commands.merchants import MerchantTerms
from apps.billing.merchant_reports import MerchantMonth
from apps.billing.models import DiscountCode, Merchant, Validation
from apps.core.api import Answer, Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import Page, PageQuery
from apps.core.money import minor_to_decimal

from .bodies import Code, MoreFacts

Limit = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Locations = Annotated[tuple[UUID, ...], Meta(max_length=200)]
Types = Annotated[tuple[Code, ...], Meta(max_length=200)]
Name = Annotated[str, Meta(max_length=200)]
FactsAnswer = dict[str, bool | int | str]


class TellFacts(Body, frozen=True, kw_only=True):
    """Facts of an open stay, each replacing what was told before."""

    facts: MoreFacts


class GiveCode(Body, frozen=True, kw_only=True):
    """A discount code, whichever way it is written."""

    code: Code


class StayFactsAnswer(Answer, frozen=True, kw_only=True):
    """All that is known of a stay beside its times and type."""

    entry_id: UUID
    facts: FactsAnswer


class CodeChange(Body, frozen=True, kw_only=True):
    """What to change of a code; what is left out stays, null takes a limit away, empty lists mean all."""

    facts: MoreFacts | UnsetType = UNSET
    valid_from: Instant | None | UnsetType = UNSET
    valid_until: Instant | None | UnsetType = UNSET
    locations: Locations | UnsetType = UNSET
    vehicle_types: Types | UnsetType = UNSET
    max_uses: Limit | None | UnsetType = UNSET
    max_per_vehicle: Limit | None | UnsetType = UNSET
    max_per_day: Limit | None | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def terms(self) -> CodeTerms:
        """As the command takes it."""
        return CodeTerms(
            facts=self.facts,
            valid_from=_utc(self.valid_from),
            valid_until=_utc(self.valid_until),
            location_ids=self.locations,
            vehicle_types=self.vehicle_types,
            max_uses=self.max_uses,
            max_per_vehicle=self.max_per_vehicle,
            max_per_day=self.max_per_day,
            active=self.active,
        )


class NewCode(CodeChange, frozen=True, kw_only=True):
    """A code; without facts it lends the one named like it."""

    code: Code


class ListLenders(PageQuery, frozen=True, kw_only=True):
    """Codes, or merchants."""

    active: bool | None = None


class DiscountCodeAnswer(Answer, frozen=True, kw_only=True):
    """A code; `version` is its ETag, `used` how often it was given."""

    id: UUID
    code: str
    facts: FactsAnswer
    valid_from: datetime | None
    valid_until: datetime | None
    locations: tuple[UUID, ...]
    vehicle_types: tuple[str, ...]
    max_uses: int | None
    max_per_vehicle: int | None
    max_per_day: int | None
    used: int
    active: bool
    version: int


class DiscountCodePage(Page, frozen=True, kw_only=True):
    """A page of codes."""

    items: tuple[DiscountCodeAnswer, ...]


class MerchantChange(Body, frozen=True, kw_only=True):
    """What to change of a merchant; what is left out stays, null takes a quota, the price or the payer away."""

    name: Name | UnsetType = UNSET
    facts: MoreFacts | UnsetType = UNSET
    quota_per_day: Limit | None | UnsetType = UNSET
    quota_per_month: Limit | None | UnsetType = UNSET
    validators: Annotated[tuple[UUID, ...], Meta(max_length=200)] | UnsetType = UNSET
    price_per_validation: Decimal | None | UnsetType = UNSET
    customer_id: UUID | None | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def terms(self) -> MerchantTerms:
        """As the command takes it."""
        same = {name: getattr(self, name) for name in MerchantTerms.__struct_fields__ if name != "price"}
        return MerchantTerms(price=self.price_per_validation, **same)


class NewMerchant(MerchantChange, frozen=True, kw_only=True):
    """A merchant, at a location or (without) at all."""

    name: Name
    facts: MoreFacts
    location_id: UUID | None = None


class MerchantAnswer(Answer, frozen=True, kw_only=True):
    """A merchant; `version` is its ETag."""

    id: UUID
    name: str
    facts: FactsAnswer
    location_id: UUID | None
    quota_per_day: int | None
    quota_per_month: int | None
    validators: tuple[UUID, ...]
    price_per_validation: Decimal | None
    currency: str
    customer_id: UUID | None
    active: bool
    version: int


class MerchantPage(Page, frozen=True, kw_only=True):
    """A page of merchants."""

    items: tuple[MerchantAnswer, ...]


class ReadMonth(Body, frozen=True, kw_only=True):
    """A month of the tenant's calendar; the present one where none is named."""

    month: Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None


class MerchantReport(Answer, frozen=True, kw_only=True):
    """A merchant's month: validations that stand, those undone, and what is charged for them (null: nothing)."""

    merchant_id: UUID
    month: str
    validations: int
    undone: int
    amount: Decimal | None
    currency: str


class NewValidation(Body, frozen=True, kw_only=True):
    """A stay, named by its id or its plate, and the merchant whose visitor it is."""

    merchant_id: UUID
    entry_id: UUID | None = None
    vehicle_number: Annotated[str, Meta(max_length=40)] | None = None


class ValidationAnswer(Answer, frozen=True, kw_only=True):
    """A validation; what its facts are worth, the stay's quote says."""

    id: UUID
    entry_id: UUID
    merchant_id: UUID
    facts: FactsAnswer
    given_at: datetime
    given_by: UUID | None
    given_by_name: str
    status: Literal["given", "undone"]


def code_answer(code: DiscountCode, *, used: int) -> DiscountCodeAnswer:
    """A code as the API shows it."""
    return DiscountCodeAnswer(
        id=code.id,
        code=code.code,
        facts=code.facts,
        valid_from=code.valid_from,
        valid_until=code.valid_until,
        locations=tuple(code.location_ids),
        vehicle_types=tuple(code.vehicle_types),
        max_uses=code.max_uses,
        max_per_vehicle=code.max_per_vehicle,
        max_per_day=code.max_per_day,
        used=used,
        active=code.active,
        version=code.version,
    )


def merchant_answer(merchant: Merchant) -> MerchantAnswer:
    """A merchant as the API shows it."""
    price = merchant.price
    return MerchantAnswer(
        id=merchant.id,
        name=merchant.name,
        facts=merchant.facts,
        location_id=merchant.location_id,
        quota_per_day=merchant.quota_per_day,
        quota_per_month=merchant.quota_per_month,
        validators=tuple(merchant.validators),
        price_per_validation=None if price is None else minor_to_decimal(price, merchant.currency),
        currency=merchant.currency,
        customer_id=merchant.customer_id,
        active=merchant.active,
        version=merchant.version,
    )


def report_answer(month: MerchantMonth) -> MerchantReport:
    """A merchant's month as the API shows it."""
    amount, currency = month.amount, month.merchant.currency
    return MerchantReport(
        merchant_id=month.merchant.id,
        month=f"{month.begin:%Y-%m}",
        validations=month.standing,
        undone=month.undone,
        amount=None if amount is None else minor_to_decimal(amount, currency),
        currency=currency,
    )


def validation_answer(given: Validation) -> ValidationAnswer:
    """A validation as the API shows it."""
    return ValidationAnswer(
        id=given.id,
        entry_id=given.stay_id,
        merchant_id=given.merchant_id,
        facts=given.facts,
        given_at=given.given_at,
        given_by=given.given_by,
        given_by_name=given.given_by_name,
        status="given" if given.undone_at is None else "undone",
    )


def _utc(instant: datetime | None | UnsetType) -> datetime | None | UnsetType:
    return instant.astimezone(UTC) if isinstance(instant, datetime) else instant
