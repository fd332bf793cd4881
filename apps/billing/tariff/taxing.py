"""Tax on the lines: added, or taken out of prices that contain it."""

from collections.abc import Callable
from decimal import Decimal

from apps.core.money import round_ratio

from .document.plan import PlanDocument
from .fee import TAX, Line
from .local_clock import day_number


class Taxation:
    """A plan's tax, with the rates by the day from which they hold."""

    def __init__(self, plan: PlanDocument) -> None:
        tax = plan.tax
        self._inclusive, self._by_line = tax.prices == "inclusive", tax.rounded_on == "line"
        self.by_entry = tax.rate_of == "entry"
        self._rates = [(day_number(rate.since) if rate.since else None, rate.percent) for rate in tax.rates]
        self._ratios = {percent: self._ratio(percent) for _, percent in self._rates}
        self.dated = len(self._rates) > 1
        self.sums_alone = self._inclusive or not self._by_line

    def _ratio(self, percent: Decimal) -> tuple[int, int]:
        numerator, denominator = percent.as_integer_ratio()
        return numerator, 100 * denominator + (numerator if self._inclusive else 0)

    def rate(self, day_of_tax: Callable[[], int]) -> Decimal:
        """The rate in percent; the day is asked for only where there are several."""
        found = self._rates[0][1]
        if self.dated:
            day = day_of_tax()
            for since, percent in self._rates:
                if since is None or since <= day:
                    found = percent
        return found

    def added(self, listed: int, rate: Decimal) -> int:
        """What the tax adds to a listed sum; asked where that is enough to know it (`sums_alone`)."""
        if self._inclusive or not listed:
            return 0
        numerator, denominator = self._ratios[rate]
        return round_ratio(listed * numerator, denominator)

    def taxed(self, lines: list[Line], rate: Decimal) -> list[Line]:
        """The lines with the tax as the last one."""
        numerator, denominator = self._ratios[rate]
        listed = sum([line.amount for line in lines])
        if not numerator or not listed:
            return lines
        shares = [round_ratio(line.amount * numerator, denominator) for line in lines] if self._by_line else []
        tax = sum(shares) if shares else round_ratio(listed * numerator, denominator)
        words = f"Tax {rate.normalize():f}%"
        if not self._inclusive:
            return [*lines, Line(TAX, words, 1, tax, tax)]
        if shares:
            net = [_net(line, line.amount - share) for line, share in zip(lines, shares, strict=True)]
        else:
            net = _net_of(tax, lines, listed)
        return [*net, Line(TAX, f"{words}, contained in the prices", 1, tax, tax)]


def _net(line: Line, amount: int) -> Line:
    return Line(line.code, line.description, line.quantity, line.unit_amount, amount)


def _net_of(tax: int, lines: list[Line], listed: int) -> list[Line]:
    """The lines less their shares of the contained tax.

    The running sum is rounded and not the line, so that the shares add up to the tax exactly.
    """
    net_lines = []
    seen = given = 0
    for line in lines:
        seen += line.amount
        net = round_ratio(seen * (listed - tax), listed) - given
        given += net
        net_lines.append(_net(line, net))
    return net_lines
