"""Meters that choose another one: by competing offers, or by what is known of the stay."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from apps.billing.tariff.document.times import length_words
from apps.billing.tariff.local_clock import Clock
from apps.billing.tariff.windows import ClockWindow

from .base import NOT_APPLIED, Charge, CompiledMeter, Facts, Unpriceable


class FactUnknown(Unpriceable):
    """The stay doesn't say a fact that its price depends on, or one that the plan doesn't know."""

    code = "fact_unknown"


Why = Callable[[], str]
"""Words for people, made when they are asked for."""


class Conditions(NamedTuple):
    """When an offer applies to a span: all that are not None. Both windows come with whether their end counts."""

    entered: tuple[ClockWindow, bool] | None
    left: tuple[ClockWindow, bool, int] | None
    longer: int | None
    not_longer: int | None

    def miss(self, clock: Clock, start: int, end: int) -> Why | None:
        """Why it does not apply; None where it does."""
        day = None
        if self.entered is not None:
            window, end_counts = self.entered
            found = window.containing(start, end_included=end_counts)
            if found is None:
                return lambda: f"entered {clock.reading(start):%a %H:%M}, not in {window.words}"
            day = found.day
        left, longer, not_longer = self.left, self.longer, self.not_longer
        if left is not None and not self._left_in_time(left, clock, start, end, day):
            window = left[0]
            return lambda: f"left {clock.reading(end):%a %H:%M}, not in its {window.words}"
        if longer is not None and end - start <= longer:
            return lambda: f"no longer than {length_words(longer)}"
        if not_longer is not None and end - start > not_longer:
            return lambda: f"longer than {length_words(not_longer)}"
        return None

    def _left_in_time(
        self, left: tuple[ClockWindow, bool, int], clock: Clock, start: int, end: int, day: int | None
    ) -> bool:
        window, end_counts, later = left
        found = window.on((clock.day_of(start) if day is None else day) + later)
        return found is not None and found.start <= end and (end < found.end or (end_counts and end == found.end))


class CompiledOffer(NamedTuple):
    """An offer, for people and for the engine."""

    name: str
    conditions: Conditions
    of: CompiledMeter


class ChooseMeter(CompiledMeter):
    def __init__(
        self, *, offers: tuple[CompiledOffer, ...], pick: str, clock: Clock, money: Callable[[int], str]
    ) -> None:
        self._offers, self._pick, self._clock, self._money = offers, pick, clock, money
        clockless = all(offer.conditions.entered is None and offer.conditions.left is None for offer in offers)
        self.timeless = clockless and all(offer.of.timeless for offer in offers)
        self.work = sum(offer.of.work + 1 for offer in offers)

    def _chosen(self, facts: Facts, start: int, end: int) -> tuple[CompiledOffer, int, list[tuple[CompiledOffer, Why]]]:
        """The offer that is taken, its amount, and why each other one before or beside it is not."""
        best: tuple[CompiledOffer, int] | None = None
        passed: list[tuple[CompiledOffer, Why]] = []
        for offer in self._offers:
            miss = offer.conditions.miss(self._clock, start, end)
            if miss is not None:
                passed.append((offer, miss))
                continue
            amount = offer.of.amount(facts, start, end)
            if best is None:
                best = offer, amount
                if self._pick == "first":
                    break
            elif (amount < best[1]) if self._pick == "cheapest" else (amount > best[1]):
                passed.append((best[0], partial(self._would_cost, best[1])))
                best = offer, amount
            else:
                passed.append((offer, partial(self._would_cost, amount)))
        assert best is not None, "activation demands that the last offer always applies"
        return best[0], best[1], passed

    def _would_cost(self, amount: int) -> str:
        return f"would cost {self._money(amount)}"

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return self._chosen(facts, start, end)[1] if end > start else 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        offer, _, passed = self._chosen(facts, start, end)
        charges = [
            Charge(code, f"{offer.name}: {words}", quantity, unit, amount) if code != NOT_APPLIED
            else Charge(code, words, quantity, unit, amount)
            for code, words, quantity, unit, amount in offer.of.charges(facts, start, end)
        ]  # fmt: skip
        return charges + [Charge(NOT_APPLIED, f"{other.name} not applied: {why()}", 1, 0, 0) for other, why in passed]


class ByFactMeter(CompiledMeter):
    """By the value of a fact: `find` gives the meter, or None for a value that the plan does not know."""

    def __init__(
        self, *, fact: str, find: Callable[[bool | int | str], CompiledMeter | None], all_of: list[CompiledMeter]
    ) -> None:
        self._fact, self._find = fact, find
        self.timeless = all(of.timeless for of in all_of)
        self.work = max(of.work for of in all_of)

    def _of(self, facts: Facts) -> CompiledMeter:
        value = facts.known.get(self._fact)
        if value is None:
            raise FactUnknown(f"The price depends on {self._fact!r}, which is not known of this stay.")
        of = self._find(value)
        if of is None:
            raise FactUnknown(f"The plan has no price for {self._fact!r} of {value!r}.")
        return of

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return self._of(facts).amount(facts, start, end)

    def amounts(self, facts: Facts, start: int, ends: Sequence[int]) -> list[int]:
        return self._of(facts).amounts(facts, start, ends)

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        return self._of(facts).charges(facts, start, end)

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        return self._of(facts).settled_until(facts, start, end)
