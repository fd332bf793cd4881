"""What clients send to the billing API."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from apps.billing.commands.rates import NewRates, RateChanges
from apps.billing.commands.taking import TakePayment
from apps.billing.tariff import InvalidPlan, Plan
from apps.core import tenancy
from apps.core.api import Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize
from apps.core.errors import FieldError, Invalid
from apps.core.money import MoneyError, currency_digits, minor_from_decimal

T = TypeVar("T")
UNITS = ("hourly", "daily", "weekly", "monthly")
_WIRE_NAMES = {unit: f"rates.{unit}" for unit in UNITS} | {
    "grace_minutes": "penalties.gracePeriodMinutes",
    "overstay_multiplier": "penalties.overstayMultiplier",
    "tax_rate": "tax.rate",
}
Code = Annotated[str, Meta(min_length=1, max_length=40)]
NoneYet = Annotated[tuple[str, ...], Meta(max_length=0)]


class NewPrices(Body, frozen=True, kw_only=True):
    hourly: Decimal | None = None
    daily: Decimal | None = None
    weekly: Decimal | None = None
    monthly: Decimal | None = None


class NewPenalties(Body, frozen=True, kw_only=True):
    overstay_multiplier: Decimal = Decimal(1)
    grace_period_minutes: int = 0


class NewTax(Body, frozen=True, kw_only=True):
    rate: Decimal = Decimal(0)
    inclusive: bool = False


class CreateRates(Body, frozen=True, kw_only=True):
    """A price list; without `location_id` it holds at every location that has none of its own."""

    vehicle_type: Code
    rates: NewPrices
    location_id: UUID | None = None
    currency: str | None = None
    penalties: NewPenalties = NewPenalties()
    tax: NewTax = NewTax()
    discounts: NoneYet = ()
    plan: None = None
    effective_date: Instant | None = None
    expiry_date: Instant | None = None
    status: Literal["draft", "active"] = "active"

    def new_rates(self) -> NewRates:
        """As the command takes it. Raises Invalid."""
        currency = self.currency or tenancy.current().currency
        prices = _minor_prices({unit: getattr(self.rates, unit) for unit in UNITS}, currency)
        plan = named_on_the_wire(
            lambda: Plan(
                currency=currency,
                grace_minutes=self.penalties.grace_period_minutes,
                overstay_multiplier=self.penalties.overstay_multiplier,
                tax_rate=self.tax.rate,
                tax_inclusive=self.tax.inclusive,
                **prices,
            )
        )
        return NewRates(
            vehicle_type=self.vehicle_type,
            location_id=self.location_id,
            plan=plan,
            effective_at=utc(self.effective_date),
            expiry_at=utc(self.expiry_date),
            draft=self.status == "draft",
        )


class PriceChanges(Body, frozen=True, kw_only=True):
    hourly: Decimal | None | UnsetType = UNSET
    daily: Decimal | None | UnsetType = UNSET
    weekly: Decimal | None | UnsetType = UNSET
    monthly: Decimal | None | UnsetType = UNSET


class PenaltyChanges(Body, frozen=True, kw_only=True):
    overstay_multiplier: Decimal | UnsetType = UNSET
    grace_period_minutes: int | UnsetType = UNSET


class TaxChanges(Body, frozen=True, kw_only=True):
    rate: Decimal | UnsetType = UNSET
    inclusive: bool | UnsetType = UNSET


class ChangeRates(Body, frozen=True, kw_only=True):
    """What to change of a price list; what is left out stays, and null takes a unit off the list."""

    rates: PriceChanges = PriceChanges()
    penalties: PenaltyChanges = PenaltyChanges()
    tax: TaxChanges = TaxChanges()
    effective_date: Instant | UnsetType = UNSET
    expiry_date: Instant | None | UnsetType = UNSET
    status: Literal["draft", "active", "retired"] | UnsetType = UNSET

    def changes(self) -> RateChanges:
        """As the command takes it. Raises Invalid."""
        given = {unit: getattr(self.rates, unit) for unit in UNITS}
        prices = _minor_prices({k: v for k, v in given.items() if v is not UNSET}, tenancy.current().currency)
        return RateChanges(
            **prices,
            grace_minutes=self.penalties.grace_period_minutes,
            overstay_multiplier=self.penalties.overstay_multiplier,
            tax_rate=self.tax.rate,
            tax_inclusive=self.tax.inclusive,
            effective_at=UNSET if self.effective_date is UNSET else self.effective_date.astimezone(UTC),
            expiry_at=UNSET if self.expiry_date is UNSET else utc(self.expiry_date),
            activate=self.status == "active",
        )


class ListRates(Body, frozen=True, kw_only=True):
    vehicle_type: Code | None = None
    location_id: UUID | None = None
    status: Literal["draft", "active", "retired"] | None = None
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class FindRate(Body, frozen=True, kw_only=True):
    vehicle_type: Code
    location_id: UUID | None = None
    at: Instant | None = None


class ReadRate(Body, frozen=True, kw_only=True):
    version: Annotated[int, Meta(ge=1)] | None = None


class RequestQuote(Body, frozen=True, kw_only=True):
    """A stay by its `entry_id`, or a hypothetical one by the other fields."""

    entry_id: UUID | None = None
    vehicle_type: Code | None = None
    location_id: UUID | None = None
    entry_time: Instant | None = None
    exit_time: Instant | None = None
    discount_codes: tuple[str, ...] = ()


class MakePayment(Body, frozen=True, kw_only=True):
    """Money for a stay that has ended."""

    entry_id: UUID
    amount: Decimal
    currency: str
    method: Literal["cash", "card", "upi", "account", "online"]
    provider: Annotated[str, Meta(max_length=40)] = ""
    reference: Annotated[str, Meta(max_length=200)] = ""

    def payment(self) -> TakePayment:
        """As the command takes it."""
        return TakePayment(
            method=self.method,
            amount=self.amount,
            currency=self.currency,
            provider=self.provider,
            reference=self.reference,
        )


def utc(instant: datetime | None) -> datetime | None:
    """The same instant in UTC."""
    return None if instant is None else instant.astimezone(UTC)


def named_on_the_wire(build: Callable[[], T]) -> T:
    """What `build` gives; a plan that it refuses becomes Invalid with the field's name as the client wrote it."""
    try:
        return build()
    except InvalidPlan as error:
        raise Invalid.field(_WIRE_NAMES.get(error.field, error.field), error.code, str(error)) from None


def _minor_prices(prices: dict[str, Decimal | None], currency: str) -> dict[str, int | None]:
    try:
        currency_digits(currency)
    except MoneyError as error:
        raise Invalid.field("currency", error.code, str(error)) from None
    errors = []
    minor: dict[str, int | None] = {}
    for unit, amount in prices.items():
        try:
            minor[unit] = None if amount is None else minor_from_decimal(amount, currency)
        except MoneyError as error:
            errors.append(FieldError(f"rates.{unit}", error.code, str(error)))
    if errors:
        raise Invalid("Check the prices.", errors=tuple(errors))
    return minor
