"""The sums of an invoice, as EN 16931 asks for them. Pure; amounts are minor units.

What a stay costs with tax was charged to the last cent before, one stay at a time, and an invoice never changes it. Its
tax is worked out once for each rate, on the sum (EN 16931, BR-CO-17), and halves are rounded up:

- net of a rate: its stays' gross divided by 1 + rate; tax of a rate: that net times the rate;
- where the two do not meet the gross, which one minor unit at a rate can be, the difference is the rounding (BT-114);
- a line's net is what its stay was charged with, and the lines of a rate share what is left by their gross, so that
  their sum is the net of the rate.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from apps.core.money import round_ratio


class Charged(msgspec.Struct, frozen=True, kw_only=True):
    """A stay or month as it was charged: `gross` with tax, `net` without; what of it was `paid` before the invoice."""

    gross: int
    net: int
    tax_rate: Decimal
    paid: int


class TaxSum(msgspec.Struct, frozen=True, kw_only=True):
    """The net sum of a rate in percent, and the tax on it."""

    rate: Decimal
    net: int
    tax: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """`nets` are those of the lines in their order; gross = net + tax, due = gross + rounding - paid."""

    nets: tuple[int, ...]
    taxes: tuple[TaxSum, ...]
    rounding: int
    paid: int

    @property
    def net(self) -> int:
        return sum(one.net for one in self.taxes)

    @property
    def tax(self) -> int:
        return sum(one.tax for one in self.taxes)

    @property
    def gross(self) -> int:
        return self.net + self.tax

    @property
    def due(self) -> int:
        return self.gross + self.rounding - self.paid


def sum_up(lines: Sequence[Charged]) -> Totals:
    """The totals of these lines, with the taxes by rising rate."""
    taxes, nets = [], [line.net for line in lines]
    for rate in sorted({line.tax_rate for line in lines}):
        places = [place for place, line in enumerate(lines) if line.tax_rate == rate]
        taxes.append(_taxed(rate, sum(lines[place].gross for place in places)))
        _spread(nets, taxes[-1].net, places, lines)
    listed = sum(line.gross for line in lines)
    rounding = listed - sum(one.net + one.tax for one in taxes)
    return Totals(nets=tuple(nets), taxes=tuple(taxes), rounding=rounding, paid=sum(line.paid for line in lines))


def net_of(gross: int, rate: Decimal) -> int:
    """What of an amount that contains tax at this rate, in percent, is net; halves up."""
    numerator, denominator = (rate / 100).as_integer_ratio()
    return round_ratio(gross * denominator, denominator + numerator)


def _taxed(rate: Decimal, gross: int) -> TaxSum:
    net = net_of(gross, rate)
    numerator, denominator = (rate / 100).as_integer_ratio()
    return TaxSum(rate=rate, net=net, tax=round_ratio(net * numerator, denominator))


def _spread(nets: list[int], net: int, places: Sequence[int], lines: Sequence[Charged]) -> None:
    """Add to these nets what they miss of the sum; the running sum is rounded, so that the shares add up."""
    missing, gross = net - sum(nets[place] for place in places), sum(lines[place].gross for place in places)
    if not missing:
        return
    seen = given = 0
    for place in places:
        seen += lines[place].gross
        upto = round_ratio(missing * seen, gross)
        nets[place] += upto - given
        given = upto
