"""Charging elapsed time by started units, where each larger unit caps the smaller ones."""

from typing import Final, NamedTuple

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

UNIT_SECONDS: Final = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}
"""The length of each unit in elapsed seconds, smallest first; a month is 30 days whatever the calendar says."""

_NOUNS: Final = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}


class Unit(NamedTuple):
    """A unit of time and its price in minor units."""

    code: str
    noun: str
    seconds: int
    price: int


class Charge(NamedTuple):
    """So many units at their price; `counted` names what was counted, also where one larger unit caps it."""

    unit: Unit
    quantity: int
    counted: str
    capped: bool = False

    @property
    def words(self) -> str:
        """For people: "3 days", or "15 hours (capped at one day)"."""
        return f"{self.counted} (capped at one {self.unit.noun})" if self.capped else self.counted


def effective_units(prices: dict[str, int | None]) -> tuple[Unit, ...]:
    """The units that count, largest first.

    A unit without a price is skipped. So is one that costs more than the smaller units it would replace: a cap never
    raises a price.
    """
    units: tuple[Unit, ...] = ()
    for code, seconds in UNIT_SECONDS.items():
        unit_price = prices[code]
        if unit_price is not None and (not units or unit_price <= total(charge(units, seconds))):
            units = (Unit(code, _NOUNS[code], seconds, unit_price), *units)
    return units


def charge(units: tuple[Unit, ...], seconds: int) -> list[Charge]:
    """The charges for a positive elapsed time: full larger units, then the rest by smaller ones or at most one larger.

    `units` are largest first, at least one.
    """
    unit = units[0]
    if len(units) == 1:
        return [_counted(unit, -(-seconds // unit.seconds))]
    full, rest = divmod(seconds, unit.seconds)
    charges = [_counted(unit, full)] if full else []
    if rest:
        smaller = charge(units[1:], rest)
        if total(smaller) > unit.price:
            charges.append(Charge(unit, 1, " ".join([part.counted for part in smaller]), capped=True))
        else:
            charges += smaller
    return charges


def total(charges: list[Charge]) -> int:
    """The sum of the charges in minor units."""
    return sum([part.quantity * part.unit.price for part in charges])


def _counted(unit: Unit, count: int) -> Charge:
    return Charge(unit, count, f"{count} {unit.noun}" if count == 1 else f"{count} {unit.noun}s")
