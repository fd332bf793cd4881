"""From exact charges to lines in whole minor units."""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from apps.core.money import currency_digits, round_ratio

from .document.plan import PlanDocument
from .fee import Line
from .meters.base import Charge

_MODES: dict[str, Callable[[int, int], int]] = {
    "halfUp": round_ratio,
    "up": lambda numerator, denominator: -(-numerator // denominator),
    "down": lambda numerator, denominator: numerator // denominator,
}


class Rounder:
    """Makes lines of charges as the plan says: each rounded for itself, or so that their sum is.

    `sums_alone`: whether the sum of the charges is enough to know the sum of the lines.
    """

    def __init__(self, plan: PlanDocument, scale: int) -> None:
        self._to = int(Fraction(plan.rounding.to) * 10 ** currency_digits(plan.currency))
        self._nearest, self._scale = _MODES[plan.rounding.mode], scale
        self._exact = self._to == 1 and scale == 1
        self._each = plan.rounding.on == "line"
        self.sums_alone: Final = self._exact or not self._each

    def total(self, amount: int) -> int:
        """The sum of the lines of charges that add up to a scaled amount; asked where `sums_alone`."""
        return amount if self._exact else self._rounded(amount)

    def lines(self, charges: list[Charge]) -> list[Line]:
        """The charges as lines."""
        if self._exact:
            return [Line(*charge) for charge in charges]
        if self._each:
            return [_line(charge, self._rounded(charge.amount), self._scale) for charge in charges]
        lines, seen, given = [], 0, 0
        last = len(charges) - 1
        for place, charge in enumerate(charges):
            seen += charge.amount
            # the running sum is rounded, so that the lines add up to the rounded total
            upto = self._rounded(seen) if place == last else round_ratio(seen, self._scale)
            lines.append(_line(charge, upto - given, self._scale))
            given = upto
        return lines

    def _rounded(self, amount: int) -> int:
        return self._nearest(amount, self._to * self._scale) * self._to


def _line(charge: Charge, amount: int, scale: int) -> Line:
    if charge.quantity * charge.unit_amount == amount * scale and not charge.unit_amount % scale:
        return Line(charge.code, charge.words, charge.quantity, charge.unit_amount // scale, amount)
    return Line(charge.code, charge.words, 1, amount, amount)
