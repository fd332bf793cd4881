"""The tax that the prices of permits and validations contain, by date: the letterhead says it.

A month is supplied when it is over (Directive 2006/112/EC, article 64(1)), so the rate is that of its last day.
"""

from datetime import date
from decimal import Decimal

import msgspec

from apps.billing.models import LetterheadSetting
from apps.core.errors import Conflict


class MonthlyTaxUnknown(Conflict):
    code, title = "monthly_tax_unknown", "It is not said which tax the price of a month contains"


class MonthlyTax(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From this local date on, prices by the month contain tax at `rate` percent."""

    since: date = msgspec.field(name="from")
    rate: Decimal

    @property
    def is_sound(self) -> bool:
        """Whether the rate is between 0 and 100, of at most six decimals."""
        return self.rate.is_finite() and 0 <= self.rate <= 100 and self.rate == round(self.rate, 6)


def taxes_of(setting: LetterheadSetting) -> tuple[MonthlyTax, ...]:
    """What the letterhead says of it, by rising date."""
    return msgspec.convert(setting.monthly_tax, tuple[MonthlyTax, ...])


def require_rate(setting: LetterheadSetting, day: date) -> Decimal:
    """The rate in percent on a local date; 0 for a business that is exempt and says nothing else.

    Raises MonthlyTaxUnknown.
    """
    said = [one.rate for one in taxes_of(setting) if one.since <= day]
    if said:
        return said[-1]
    if setting.exemption_reason:
        return Decimal(0)
    raise MonthlyTaxUnknown("Say it on the letterhead, as monthlyTax; a rate of 0 is an answer too.")
