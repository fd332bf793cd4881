"""How amounts, numbers and instants are written. Separators, grouping and order of a date are of Unicode CLDR 46."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from apps.core.money import minor_to_decimal

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
_NO_BREAK: Final = "\u00a0"


class Locale(msgspec.Struct, frozen=True, kw_only=True):
    """A language's words with a region's figures: `language` chooses the words, `tag` (BCP 47) names both.

    `day_form` writes a `day` and the English abbreviation of its `month`; `lakhs` groups by two digits above the
    thousands, as India does.
    """

    tag: str
    language: str
    decimal: str
    group: str
    day_form: str
    lakhs: bool = False

    def amount(self, minor: int, currency: str) -> str:
        """Minor units with the currency's own digits, without its code: 12,34,567.50."""
        return self.number(f"{minor_to_decimal(minor, currency):f}")

    def money(self, minor: int, currency: str) -> str:
        """An amount that stands alone, with its currency's code: 1.234,50 EUR."""
        return f"{self.amount(minor, currency)}{_NO_BREAK}{currency}"

    def number(self, plain: str) -> str:
        """A plain decimal number, such as -1234.50, as it is written here."""
        sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
        whole, point, fraction = digits.partition(".")
        return f"{sign}{self.group.join(self._groups(whole))}{self.decimal if point else ''}{fraction}"

    def day(self, day: date) -> str:
        """A date of the local calendar."""
        return self.day_form.format(day=day, month=_MONTHS[day.month - 1])

    def instant(self, at: datetime, zone: str) -> str:
        """An instant (UTC) by the clock of an IANA zone, to the minute."""
        local = at.astimezone(ZoneInfo(zone))
        return f"{self.day(local.date())}, {local:%H:%M}"

    def _groups(self, whole: str) -> list[str]:
        rest, groups = whole[:-3], [whole[-3:]]
        size = 2 if self.lakhs else 3
        while rest:
            rest, last = rest[:-size], rest[-size:]
            groups.insert(0, last)
        return groups


LOCALES: Final = {
    locale.tag: locale
    for locale in (
        Locale(tag="en", language="en", decimal=".", group=",", day_form="{day.day} {month} {day:%Y}"),
        Locale(tag="en-IN", language="en", decimal=".", group=",", day_form="{day.day} {month} {day:%Y}", lakhs=True),
        Locale(tag="de", language="de", decimal=",", group=".", day_form="{day:%d.%m.%Y}"),
        Locale(tag="hi", language="hi", decimal=".", group=",", day_form="{day:%d/%m/%Y}", lakhs=True),
    )
}
LANGUAGES: Final = tuple(dict.fromkeys(locale.language for locale in LOCALES.values()))


def find_locale(tag: str) -> Locale:
    """The locale of a BCP 47 tag, else of its language, else English: hi-IN is hi, fr is en."""
    language, _, region = tag.replace("_", "-").partition("-")
    exact = f"{language.lower()}-{region.upper()}"
    return LOCALES.get(exact) or LOCALES.get(language.lower()) or LOCALES["en"]
