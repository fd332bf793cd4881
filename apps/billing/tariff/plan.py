"""The simplest plan: API.md's rate structure. Prices by started hour, day, week and month, grace, overstay, tax."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from apps.core.money import currency_digits, minor_to_decimal

from .compiled import CompiledPlan
from .document import meters, plan
from .meters.ladder import UNIT_SECONDS, Unit, effective_units
from .refusals import InvalidPlan as InvalidPlan
from .simple_discounts import NO_DISCOUNTS, SimpleDiscounts, Stacking, discounts_of, flags_of, require_discounts

LARGEST_PRICE: Final = 10**11
"""The largest price of one unit, in minor units: far above any real one, and small enough that a fee fits a bigint."""

LARGEST_MULTIPLIER: Final = 100
LONGEST_GRACE_MINUTES: Final = 7 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Prices in minor units of `currency` (ISO 4217) per started unit of elapsed time; None for a unit not offered.

    `grace_minutes`: a stay no longer is free, a longer one is charged from its first minute; the same minutes are
    tolerated after the allowed end. `overstay_multiplier`: what the time beyond it costs, as a multiple of its ordinary
    price. `tax_rate`: percent, contained in the prices where `tax_inclusive`, else added. `discounts` are taken off the
    time one after another (`stacking` inOrder), or the one that takes off most (best).

    Raises InvalidPlan, UnknownCurrency.
    """

    currency: str
    hourly: int | None = None
    daily: int | None = None
    weekly: int | None = None
    monthly: int | None = None
    grace_minutes: int = 0
    overstay_multiplier: Decimal = Decimal(1)
    tax_rate: Decimal = Decimal(0)
    tax_inclusive: bool = False
    discounts: SimpleDiscounts = ()
    stacking: Stacking = "inOrder"

    def __post_init__(self) -> None:
        currency_digits(self.currency)
        prices = {code: getattr(self, code) for code in UNIT_SECONDS}
        for code, amount in prices.items():
            if amount is not None and (type(amount) is not int or not 0 <= amount <= LARGEST_PRICE):
                raise InvalidPlan(code, f"A price is a whole number of minor units, 0 to {LARGEST_PRICE}.")
        if all(amount is None for amount in prices.values()):
            raise InvalidPlan("hourly", "At least one of hourly, daily, weekly and monthly needs a price.")
        if type(self.grace_minutes) is not int or not 0 <= self.grace_minutes <= LONGEST_GRACE_MINUTES:
            raise InvalidPlan("grace_minutes", f"Grace is 0 to {LONGEST_GRACE_MINUTES} whole minutes.")
        if not _within(self.overstay_multiplier, 1, LARGEST_MULTIPLIER):
            raise InvalidPlan(
                "overstay_multiplier", f"The multiplier is 1 to {LARGEST_MULTIPLIER}, with at most 6 decimals."
            )
        if not _within(self.tax_rate, 0, 100):
            raise InvalidPlan("tax_rate", "The tax rate is 0 to 100 percent, with at most 6 decimals.")
        if self.discounts:
            require_discounts(self.document())

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units that count, largest first (see `effective_units`)."""
        return effective_units({code: getattr(self, code) for code in UNIT_SECONDS})

    @cached_property
    def compiled(self) -> CompiledPlan:
        """These prices as a plan of the engine."""
        return CompiledPlan(self.document())

    def document(self) -> plan.PlanDocument:
        """These prices in the engine's own format."""

        def price(code: str) -> Decimal | None:
            minor = getattr(self, code)
            return None if minor is None else minor_to_decimal(minor, self.currency)

        charge: meters.AnyMeter = meters.Ladder(
            hourly=price("hourly"), daily=price("daily"), weekly=price("weekly"), monthly=price("monthly")
        )
        grace = f"{self.grace_minutes}m"
        if self.grace_minutes:
            charge = meters.Grace(free=grace, boundary="free", longer_pays="all", of=charge)
        return plan.PlanDocument(
            format=1,
            name="Rate structure",
            currency=self.currency,
            zone="UTC",
            time="elapsed",
            precision="second",
            facts=flags_of(self.discounts),
            calendars=(),
            windows={},
            governs="entry",
            editions=(plan.Edition(since=None, charge=charge),),
            overstay=plan.OverstayTimes(times=self.overstay_multiplier, tolerance=grace),
            after_payment=None,
            discounts=discounts_of(self.discounts, self.stacking) if self.discounts else NO_DISCOUNTS,
            rounding=plan.Rounding(to=minor_to_decimal(1, self.currency), mode="halfUp", on="total"),
            tax=plan.Tax(
                prices="inclusive" if self.tax_inclusive else "exclusive",
                rate_of="entry",
                rounded_on="total",
                rates=(plan.TaxRate(since=None, percent=self.tax_rate),),
            ),
            longest_stay=None,
            longer_may_cost_less=False,
        )


def _within(value: Decimal, low: int, high: int) -> bool:
    # Six decimals bound the exponent, and with it the size of the exact ratios.
    return isinstance(value, Decimal) and value.is_finite() and low <= value <= high and value == round(value, 6)
