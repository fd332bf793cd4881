"""How documents say a month of a permit, or of a merchant's validations."""

from datetime import timedelta

import msgspec

from apps.billing.invoicing.content import InvoiceLine

from .locales import Locale
from .pdf import words_of


class MonthWords(msgspec.Struct, frozen=True, kw_only=True):
    """What it is of, its days, and the permit's vehicles or the number of validations; empty where not known."""

    what: str
    period: str
    details: str


def month_words(line: InvoiceLine, locale: Locale) -> MonthWords:
    """The words of an invoice's line that is no stay."""
    words = words_of("invoice", locale.language)
    period = ""
    if line.begins and line.ends:
        period = f"{locale.day(line.begins)} – {locale.day(line.ends - timedelta(days=1))}"
    details = ", ".join(line.vehicles)
    if line.quantity:
        details = words["count"].format(count=line.quantity)
    return MonthWords(what=f"{words[line.of]} {line.name}".strip(), period=period, details=details)
