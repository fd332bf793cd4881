"""A fee: lines, and sums over the lines. No sum is stored beside them, so none can disagree."""

from decimal import Decimal
from typing import Final

import msgspec

OVERSTAY_PENALTY: Final = "overstay_penalty"
DISCOUNT: Final = "discount"
TAX: Final = "tax"
FREE: Final = "free"


class Line(msgspec.Struct, frozen=True):
    """One line of a fee; amounts in minor units of the fee's currency.

    `code` is a unit of the plan (hourly, daily, weekly, monthly), `free`, `overstay_penalty`, `discount` (a negative
    amount) or `tax`. `unit_amount` is the published price; `amount` is quantity times that, less the contained
    tax where prices include it.
    """

    code: str
    description: str
    quantity: int
    unit_amount: int
    amount: int


class Fee(msgspec.Struct, frozen=True):
    """What a stay costs; every sum is derived from `lines`, in minor units of `currency` (ISO 4217).

    `total` is the sum of all lines, and equals base + penalty - discount + tax. `duration_minutes` counts started
    minutes. `tax_rate` is in percent.
    """

    currency: str
    duration_minutes: int
    tax_rate: Decimal
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """What is to be paid."""
        return sum([line.amount for line in self.lines])

    @property
    def penalty(self) -> int:
        """What overstaying added, net of tax."""
        return self._of(OVERSTAY_PENALTY)

    @property
    def discount(self) -> int:
        """What discounts took off, as a positive amount."""
        return -self._of(DISCOUNT)

    @property
    def tax(self) -> int:
        """The tax, added or contained."""
        return self._of(TAX)

    @property
    def base(self) -> int:
        """The time itself, net of tax."""
        return self.total - self.penalty + self.discount - self.tax

    @property
    def discounts_applied(self) -> tuple[str, ...]:
        """The codes of the discounts that took something off."""
        applied = [line.description.partition(":")[0] for line in self.lines if line.code == DISCOUNT]
        return tuple(dict.fromkeys(applied))

    @property
    def rate_applied(self) -> str:
        """The code of the first line: the largest unit that was charged, or `free`."""
        return self.lines[0].code

    def _of(self, code: str) -> int:
        return sum([line.amount for line in self.lines if line.code == code])
