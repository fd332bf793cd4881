"""Started units of elapsed time, where each larger unit caps the smaller ones: what API.md calls a rate structure."""

from typing import Final, NamedTuple

from .base import Charge, CompiledMeter, Facts

HOUR: Final = 3_600
DAY: Final = 24 * HOUR

UNIT_SECONDS: Final = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}
"""The length of each unit in elapsed seconds, smallest first; a month is 30 days whatever the calendar says."""

_NOUNS: Final = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}


class Unit(NamedTuple):
    """A unit of time and its scaled price."""

    code: str
    noun: str
    seconds: int
    price: int


class Step(NamedTuple):
    """So many units at their price; `counted` names what was counted, also where one larger unit caps it."""

    unit: Unit
    quantity: int
    counted: str
    capped: bool = False


class LadderMeter(CompiledMeter):
    """Full larger units at their price, and the rest by smaller ones or at most one larger."""

    def __init__(self, prices: dict[str, int | None]) -> None:
        self.units = effective_units(prices)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return total(steps(self.units, end - start)) if end > start else 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        return [
            Charge(
                unit.code,
                f"{counted} (capped at one {unit.noun})" if capped else counted,
                quantity,
                unit.price,
                quantity * unit.price,
            )
            for unit, quantity, counted, capped in steps(self.units, end - start)
        ]

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        smallest = self.units[-1].seconds
        return start - (start - end) // smallest * smallest


def effective_units(prices: dict[str, int | None]) -> tuple[Unit, ...]:
    """The units that count, largest first.

    A unit without a price is skipped. So is one that costs more than the smaller units it would replace: a cap never
    raises a price.
    """
    units: tuple[Unit, ...] = ()
    for code, seconds in UNIT_SECONDS.items():
        price = prices[code]
        if price is not None and (not units or price <= total(steps(units, seconds))):
            units = (Unit(code, _NOUNS[code], seconds, price), *units)
    return units


def steps(units: tuple[Unit, ...], seconds: int) -> list[Step]:
    """The steps for a positive time: full larger units, then the rest by smaller ones or at most one larger.

    `units` are largest first, at least one.
    """
    unit = units[0]
    if len(units) == 1:
        return [_counted(unit, -(-seconds // unit.seconds))]
    full, rest = divmod(seconds, unit.seconds)
    found = [_counted(unit, full)] if full else []
    if rest:
        smaller = steps(units[1:], rest)
        if total(smaller) > unit.price:
            found.append(Step(unit, 1, " ".join([part.counted for part in smaller]), capped=True))
        else:
            found += smaller
    return found


def total(found: list[Step]) -> int:
    """The sum of the steps, scaled."""
    return sum([part.quantity * part.unit.price for part in found])


def _counted(unit: Unit, count: int) -> Step:
    return Step(unit, count, f"{count} {unit.noun}" if count == 1 else f"{count} {unit.noun}s")
