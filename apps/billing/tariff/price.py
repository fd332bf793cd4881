"""Plan + stay → fee."""

from datetime import datetime

from apps.billing.tariff.fee import FREE, OVERSTAY_PENALTY, TAX, Fee, Line
from apps.billing.tariff.plan import Plan
from apps.billing.tariff.stay import Stay, elapsed_seconds, started_minutes
from apps.billing.tariff.units import Charge, charge, total
from apps.core.money import LARGEST_MINOR, round_ratio


class FeeOutOfRange(ValueError):
    """The fee is larger than can be stored (a stay of centuries at the dearest prices)."""

    code = "fee_out_of_range"


def price(plan: Plan, stay: Stay) -> Fee:
    """The fee of a stay under a plan, exact to the minor unit; the same plan and stay give the same fee for ever.

    - Time is elapsed time in whole seconds. Units are started units: an hour of 60 minutes, a day of 24 hours, a week
      of 7 days, a month of 30 days, all counted from the entry.
    - Each larger unit caps the smaller: full larger units are charged as such, and the rest costs what its smaller
      units cost, but at most one more larger unit. Units without a price are skipped, and so is one dearer than what
      it caps.
    - A stay no longer than the grace is free, its last minute included; a longer one is charged from the entry. So a
      stay of no length is always free.
    - Leaving more than the grace after `allowed_until` costs (multiplier - 1) times what the stay cost more than the
      same stay ended at `allowed_until`, rounded once, as the line `overstay_penalty`.
    - Tax is rounded once on the sum: added as a line, or, where prices contain it, taken out of the other lines.

    Raises FeeOutOfRange.
    """
    seconds = stay.seconds
    charges = _base(plan, seconds)
    lines = [_line(part) for part in charges]
    if not lines:
        lines.append(Line(FREE, _why_free(plan, seconds), 1, 0, 0))
    elif stay.allowed_until is not None:
        lines += _overstay(plan, stay, stay.allowed_until, total(charges))
    lines = _taxed(plan, lines)
    fee = Fee(plan.currency, started_minutes(seconds), plan.tax_rate, tuple(lines))
    if fee.total > LARGEST_MINOR:
        raise FeeOutOfRange(f"{fee.total} minor units of {plan.currency} cannot be stored.")
    return fee


def _base(plan: Plan, seconds: int) -> list[Charge]:
    return [] if seconds <= plan.grace_minutes * 60 else charge(plan.units, seconds)


def _why_free(plan: Plan, seconds: int) -> str:
    if not seconds:
        return "Free: no time passed"
    return f"Free: {started_minutes(seconds)} min, within the first {plan.grace_minutes} min"


def _line(part: Charge) -> Line:
    return Line(part.unit.code, part.words, part.quantity, part.unit.price, part.quantity * part.unit.price)


def _overstay(plan: Plan, stay: Stay, allowed_until: datetime, base: int) -> list[Line]:
    over = elapsed_seconds(allowed_until, stay.exit_at)
    if over <= plan.grace_minutes * 60:
        return []
    allowed = total(_base(plan, elapsed_seconds(stay.entry_at, allowed_until)))
    numerator, denominator = plan.surcharge
    amount = round_ratio((base - allowed) * numerator, denominator)
    if not amount:
        return []
    words = f"Overstay of {started_minutes(over)} min, charged {plan.overstay_multiplier.normalize():f} times"
    return [Line(OVERSTAY_PENALTY, words, 1, amount, amount)]


def _taxed(plan: Plan, lines: list[Line]) -> list[Line]:
    listed = sum([line.amount for line in lines])
    numerator, denominator = plan.tax_ratio
    if not numerator or not listed:
        return lines
    tax = round_ratio(listed * numerator, denominator)
    words = f"Tax {plan.tax_rate.normalize():f}%"
    if not plan.tax_inclusive:
        return [*lines, Line(TAX, words, 1, tax, tax)]
    return [*_net_of(tax, lines, listed), Line(TAX, f"{words}, contained in the prices", 1, tax, tax)]


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
        net_lines.append(Line(line.code, line.description, line.quantity, line.unit_amount, net))
    return net_lines
