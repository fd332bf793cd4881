"""From exact charges to lines in whole minor units."""

from collections.abc import Callable
from fractions import Fraction

from apps.core.money import currency_digits, round_ratio

from .document.plan import PlanDocument
from .fee import Line
from .meters.base import Charge

Rounder = Callable[[list[Charge]], list[Line]]
_MODES: dict[str, Callable[[int, int], int]] = {
    "halfUp": round_ratio,
    "up": lambda numerator, denominator: -(-numerator // denominator),
    "down": lambda numerator, denominator: numerator // denominator,
}


def rounder(plan: PlanDocument, scale: int) -> Rounder:
    """What makes lines of charges as the plan says: each rounded for itself, or so that their sum is."""
    to = int(Fraction(plan.rounding.to) * 10 ** currency_digits(plan.currency))
    if to == 1 and scale == 1:
        return lambda charges: [Line(*charge) for charge in charges]
    nearest, step = _MODES[plan.rounding.mode], to * scale
    if plan.rounding.on == "line":
        return lambda charges: [_line(charge, nearest(charge.amount, step) * to, scale) for charge in charges]

    def on_total(charges: list[Charge]) -> list[Line]:
        lines, seen, given = [], 0, 0
        last = len(charges) - 1
        for place, charge in enumerate(charges):
            seen += charge.amount
            # the running sum is rounded, so that the lines add up to the rounded total
            upto = nearest(seen, step) * to if place == last else round_ratio(seen, scale)
            lines.append(_line(charge, upto - given, scale))
            given = upto
        return lines

    return on_total


def _line(charge: Charge, amount: int, scale: int) -> Line:
    if charge.quantity * charge.unit_amount == amount * scale and not charge.unit_amount % scale:
        return Line(charge.code, charge.words, charge.quantity, charge.unit_amount // scale, amount)
    return Line(charge.code, charge.words, 1, amount, amount)
