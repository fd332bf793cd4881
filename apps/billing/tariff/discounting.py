"""Discounts on what the time costs."""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from apps.core.money import currency_digits, round_ratio

from .document.plan import Amount, Percent, PlanDocument, Time
from .document.times import length_seconds
from .fee import DISCOUNT, Line
from .meters.base import NOT_APPLIED, Facts

Shortened = Callable[[int, int], int]
"""What the stay would cost, in minor units, with so many seconds cut off its start and its end."""


class _Item(NamedTuple):
    when: tuple[tuple[str, bool | int | str], ...]
    words: str
    off: Callable[[int, Shortened], int]


class Discounting:
    """A plan's discounts, each at most what is left."""

    def __init__(self, plan: PlanDocument) -> None:
        self._best = plan.discounts.stacking != "inOrder"
        self._named = plan.discounts.stacking == "bestNamed"
        digits = currency_digits(plan.currency)
        self._items = [
            _Item(
                tuple([(test.fact, test.equals) for test in item.when]),
                f"{item.code}: {item.name}",
                _off(item, digits),
            )
            for item in plan.discounts.items
        ]

    def off(self, facts: Facts, due: int, shortened: Shortened) -> int:
        """What the discounts take off `due` minor units."""
        amounts = [amount for _, amount in self._found(facts, due, shortened)]
        return max(amounts, default=0) if self._best else sum(amounts)

    def lines(self, facts: Facts, due: int, shortened: Shortened) -> list[Line]:
        """The same as lines with negative amounts."""
        found = [Line(DISCOUNT, words, 1, -amount, -amount) for words, amount in self._found(facts, due, shortened)]
        if not self._best or not found:
            return found
        best = min(found, key=lambda line: line.amount)
        if not self._named:
            return [best]
        return [best, *[_passed_over(line, best) for line in found if line is not best]]

    def _found(self, facts: Facts, due: int, shortened: Shortened) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        left = due
        for when, words, off in self._items:
            if left <= 0 or any(_differs(facts.known.get(fact), value) for fact, value in when):
                continue
            amount = max(0, min(left, off(left, shortened)))
            if amount:
                found.append((words, amount))
            if not self._best:
                left -= amount
        return found


def _passed_over(line: Line, best: Line) -> Line:
    name = best.description.partition(":")[0]
    return Line(NOT_APPLIED, f"{line.description} (not applied: {name} takes off more)", 1, 0, 0)


def _differs(known: bool | int | str | None, value: bool | int | str) -> bool:
    return type(known) is not type(value) or known != value


def _off(item: Percent | Amount | Time, digits: int) -> Callable[[int, Shortened], int]:
    if isinstance(item, Percent):
        numerator, denominator = item.percent.as_integer_ratio()
        return lambda left, shortened: round_ratio(left * numerator, denominator * 100)
    if isinstance(item, Amount):
        amount = int(Fraction(item.amount) * 10**digits)
        return lambda left, shortened: amount
    seconds = length_seconds(item.time)
    if item.taken_from == "start":
        return lambda left, shortened: left - shortened(seconds, 0)
    return lambda left, shortened: left - shortened(0, seconds)
