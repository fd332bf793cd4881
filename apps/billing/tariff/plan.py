"""The simplest plan: API.md's rate structure. Prices by started hour, day, week and month, grace, overstay, tax."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from apps.billing.tariff.units import UNIT_SECONDS, Unit, effective_units
from apps.core.money import currency_digits

LARGEST_PRICE: Final = 10**11
"""The largest price of one unit, in minor units: far above any real one, and small enough that a fee fits a bigint."""

LARGEST_MULTIPLIER: Final = 100
LONGEST_GRACE_MINUTES: Final = 7 * 24 * 60


class InvalidPlan(ValueError):
    """The plan cannot be meant; `field` names what is wrong with it."""

    code = "invalid_plan"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Prices in minor units of `currency` (ISO 4217) per started unit of elapsed time; None for a unit not offered.

    `grace_minutes`: a stay no longer is free, a longer one is charged from its first minute; the same minutes are
    tolerated after the allowed end. `overstay_multiplier`: what the time beyond it costs, as a multiple of its ordinary
    price. `tax_rate`: percent, contained in the prices where `tax_inclusive`, else added.

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

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units that count, largest first (see `effective_units`)."""
        return effective_units({code: getattr(self, code) for code in UNIT_SECONDS})

    @cached_property
    def surcharge(self) -> tuple[int, int]:
        """What overstay adds to the ordinary price, as an exact ratio: (1, 2) for a multiplier of 1.5."""
        numerator, denominator = self.overstay_multiplier.as_integer_ratio()
        return numerator - denominator, denominator

    @cached_property
    def tax_ratio(self) -> tuple[int, int]:
        """The share of an amount that is tax, as an exact ratio: of the net, or of the gross where `tax_inclusive`."""
        numerator, denominator = self.tax_rate.as_integer_ratio()
        return numerator, 100 * denominator + (numerator if self.tax_inclusive else 0)


def _within(value: Decimal, low: int, high: int) -> bool:
    # Six decimals bound the exponent, and with it the size of the exact ratios.
    return isinstance(value, Decimal) and value.is_finite() and low <= value <= high and value == round(value, 6)
