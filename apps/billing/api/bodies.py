"""What clients send to the billing API."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.billing.commands.rates import NewRates, RateChanges
from apps.billing.tariff import CompiledPlan, InvalidPlan, Plan, Stacking, Visit, activate
from apps.core import tenancy
from apps.core.api import Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize
from apps.core.errors import FieldError, Invalid
from apps.core.money import MoneyError, currency_digits, minor_from_decimal

from .discount_bodies import NewDiscounts

T = TypeVar("T")
UNITS = ("hourly", "daily", "weekly", "monthly")
_WIRE_NAMES = {unit: f"rates.{unit}" for unit in UNITS} | {
    "grace_minutes": "penalties.gracePeriodMinutes",
    "overstay_multiplier": "penalties.overstayMultiplier",
    "tax_rate": "tax.rate",
}
Code = Annotated[str, Meta(min_length=1, max_length=40)]
PlanJson = Annotated[dict[str, Any], Meta(description="A tariff plan, format 1: docs/plan.schema.json")]
MoreFacts = Annotated[dict[str, bool | int | Annotated[str, Meta(max_length=80)]], Meta(max_length=50)]


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
    rates: NewPrices = NewPrices()
    location_id: UUID | None = None
    currency: str | None = None
    penalties: NewPenalties = NewPenalties()
    tax: NewTax = NewTax()
    discounts: NewDiscounts = ()
    stacking: Stacking = "inOrder"
    plan: PlanJson | None = None
    effective_date: Instant | None = None
    expiry_date: Instant | None = None
    status: Literal["draft", "active"] = "active"

    def new_rates(self) -> NewRates:
        """As the command takes it. Raises Invalid."""
        currency = self.currency or tenancy.current().currency
        if self.plan is not None:
            self._refuse_prices()
            return self._with(activated(self.plan))
        prices = _minor_prices({unit: getattr(self.rates, unit) for unit in UNITS}, currency)
        plan = named_on_the_wire(
            lambda: Plan(
                currency=currency,
                grace_minutes=self.penalties.grace_period_minutes,
                overstay_multiplier=self.penalties.overstay_multiplier,
                tax_rate=self.tax.rate,
                tax_inclusive=self.tax.inclusive,
                discounts=tuple(discount.discount() for discount in self.discounts),
                stacking=self.stacking,
                **prices,
            )
        )
        return self._with(plan)

    def _refuse_prices(self) -> None:
        beside = {"rates": NewPrices(), "penalties": NewPenalties(), "tax": NewTax(), "currency": None, "discounts": ()}
        for name, default in beside.items():
            if getattr(self, name) != default:
                raise Invalid.field(name, "prices_beside_plan", f"A plan says all of the price; leave {name} out.")

    def _with(self, plan: Plan | CompiledPlan) -> NewRates:
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
    discounts: NewDiscounts | UnsetType = UNSET
    stacking: Stacking | UnsetType = UNSET
    plan: PlanJson | None | UnsetType = UNSET
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
            discounts=UNSET if self.discounts is UNSET else tuple(each.discount() for each in self.discounts),
            stacking=self.stacking,
            effective_at=UNSET if self.effective_date is UNSET else self.effective_date.astimezone(UTC),
            expiry_at=UNSET if self.expiry_date is UNSET else utc(self.expiry_date),
            plan=activated(self.plan) if isinstance(self.plan, dict) else self.plan,
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


class EarlierVisit(Body, frozen=True, kw_only=True):
    """A visit of the same vehicle that ended before this stay began."""

    entry_time: Instant
    exit_time: Instant


class RequestQuote(Body, frozen=True, kw_only=True):
    """A stay by its `entry_id`, or a hypothetical one by the other fields.

    `facts`, `earlier_visits` and `paid_at` are for plans that ask for them.
    """

    entry_id: UUID | None = None
    vehicle_type: Code | None = None
    location_id: UUID | None = None
    entry_time: Instant | None = None
    exit_time: Instant | None = None
    discount_codes: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    allowed_until: Instant | None = None
    facts: MoreFacts | None = None
    earlier_visits: Annotated[tuple[EarlierVisit, ...], Meta(max_length=100)] = ()
    paid_at: Annotated[tuple[Instant, ...], Meta(max_length=100)] = ()

    def visits(self) -> tuple[Visit, ...]:
        """The earlier visits in UTC."""
        return tuple(
            Visit(entry_at=visit.entry_time.astimezone(UTC), exit_at=visit.exit_time.astimezone(UTC))
            for visit in self.earlier_visits
        )


def utc(instant: datetime | None) -> datetime | None:
    """The same instant in UTC."""
    return None if instant is None else instant.astimezone(UTC)


def activated(plan: dict[str, Any]) -> CompiledPlan:
    """A plan that may price. Raises Invalid with all that is wrong with it."""
    try:
        return activate(msgspec.json.encode(plan))
    except InvalidPlan as error:
        errors = tuple(FieldError(f"plan.{path}".rstrip("."), error.code, message) for path, message in error.errors)
        raise Invalid(f"The plan cannot be used: {error}", errors=errors) from None


def named_on_the_wire(build: Callable[[], T]) -> T:
    """What `build` gives; a plan that it refuses becomes Invalid with the field's name as the client wrote it."""
    try:
        return build()
    except InvalidPlan as error:
        named = tuple(FieldError(_WIRE_NAMES.get(path, path), error.code, message) for path, message in error.errors)
        raise Invalid(str(error), errors=named) from None


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
