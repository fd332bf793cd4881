"""Meters that bound another one's price, and that add up a vehicle's visits."""

from collections.abc import Iterator

from apps.billing.tariff.document.times import length_words
from apps.billing.tariff.local_clock import Clock
from apps.billing.tariff.windows import ClockWindow

from .base import NOT_APPLIED, Charge, CompiledMeter, Facts

Period = tuple[int, int, bool]
"""Start and end on the time line, and whether a cap holds."""


class SpanCap(CompiledMeter):
    """At most `most` for the span."""

    def __init__(self, *, most: int, words: str, of: CompiledMeter) -> None:
        self._most, self._words, self._of = most, words, of
        self.timeless, self.work = of.timeless, 2 * of.work

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return min(self._most, self._of.amount(facts, start, end))

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges = self._of.charges(facts, start, end)
        if sum([charge.amount for charge in charges]) <= self._most:
            return charges
        words = f"{length_words(end - start)}: at most {self._words}"
        return [Charge("cap", words, 1, self._most, self._most), *_not_applied(charges)]

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        return self._of.settled_until(facts, start, end)


class PeriodCap(CompiledMeter):
    """At most `most` in each period of `periods`; the meter beneath runs on through all of them."""

    def __init__(
        self, *, most: int, words: str, of: CompiledMeter, periods: "Periods", together: bool, most_periods: int
    ) -> None:
        self._most, self._words, self._of, self._periods, self._together = most, words, of, periods, together
        self.timeless = of.timeless and isinstance(periods, LengthPeriods) and not together
        self.work = (most_periods + 1) * of.work

    def _shares(self, facts: Facts, start: int, end: int) -> Iterator[tuple[Period, int, int]]:
        """Each period with what accrues in it, and what is charged of that."""
        before, periods = 0, list(self._periods.of_span(start, end))
        amounts = self._of.amounts(facts, start, [min(period[1], end) for period in periods])
        for period, upto in zip(periods, amounts, strict=True):
            accrued, before = upto - before, upto
            yield period, accrued, min(accrued, self._left(facts, period)) if period[2] else accrued

    def _left(self, facts: Facts, period: Period) -> int:
        """What the cap leaves to this visit."""
        if not self._together:
            return self._most
        used = 0
        for start, end in facts.visits:
            first, last = max(start, period[0]), min(end, period[1])
            if first < last:
                alone = Facts(facts.known)
                used += self._of.amount(alone, start, last) - self._of.amount(alone, start, first)
        return max(0, self._most - used)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return sum([charged for _, _, charged in self._shares(facts, start, end)])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges = self._of.charges(facts, start, end)
        shares = list(self._shares(facts, start, end))
        if all(accrued == charged for _, accrued, charged in shares):
            return charges
        capped = [
            Charge(
                "cap" if accrued != charged else "time",
                f"{self._periods.words(start, period)}{f': at most {self._words}' if accrued != charged else ''}",
                1,
                charged,
                charged,
            )
            for period, accrued, charged in shares
            if accrued
        ]
        return capped + _not_applied(charges)

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        return self._of.settled_until(facts, start, end)


class LengthPeriods:
    """Every so many seconds from the span's start."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def of_span(self, start: int, end: int) -> Iterator[Period]:
        """The periods that a span touches, in order."""
        for first in range(start, end, self._seconds):
            yield first, first + self._seconds, True

    def words(self, start: int, period: Period) -> str:
        """What a period of a span from `start` is called."""
        return f"{length_words(self._seconds)} no. {(period[0] - start) // self._seconds + 1}"


class DayPeriods:
    """Calendar days that begin at a clock time."""

    def __init__(self, begins: int, clock: Clock) -> None:
        self._begins, self._clock = begins, clock

    def of_span(self, start: int, end: int) -> Iterator[Period]:
        """The days that a span touches, in order."""
        if start >= end:
            return
        instant, begins = self._clock.instant, self._begins
        day = self._clock.day_of(start)
        if instant(day, begins) > start:
            day -= 1
        first = instant(day, begins)
        while first < end:
            day += 1
            last = instant(day, begins)
            yield first, last, True
            first = last

    def words(self, start: int, period: Period) -> str:
        """What a period of a span from `start` is called."""
        return f"{self._clock.reading(period[0]):%a %d %b}"


class WindowPeriods:
    """The occurrences of a clock window, with the time between them as periods without a cap."""

    def __init__(self, window: ClockWindow, clock: Clock) -> None:
        self._window, self._clock = window, clock

    def of_span(self, start: int, end: int) -> Iterator[Period]:
        """The occurrences and the gaps that a span touches, in order."""
        if start >= end:
            return
        at = start
        for found in self._window.between(start, end):
            if found.start > at:
                yield at, found.start, False
            yield found.start, found.end, True
            at = found.end
        if at < end:
            yield at, end, False

    def words(self, start: int, period: Period) -> str:
        """What a period of a span from `start` is called."""
        return f"{self._clock.reading(period[0]):%a} {self._window.words}" if period[2] else "other time"


Periods = LengthPeriods | DayPeriods | WindowPeriods


class AtLeastMeter(CompiledMeter):
    def __init__(self, *, least: int, words: str, of: CompiledMeter) -> None:
        self._least, self._words, self._of = least, words, of
        self.timeless, self.work = of.timeless, 2 * of.work

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return max(self._least, self._of.amount(facts, start, end)) if end > start else 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        charges = self._of.charges(facts, start, end)
        if sum([charge.amount for charge in charges]) >= self._least:
            return charges
        return [Charge("minimum", f"at least {self._words}", 1, self._least, self._least), *_not_applied(charges)]

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        return self._of.settled_until(facts, start, end)


class VisitsMeter(CompiledMeter):
    """Each day's time of all visits, this one last; what this one adds to the price of the rest."""

    timeless = False

    def __init__(self, *, periods: DayPeriods, of: CompiledMeter, days: int) -> None:
        self._periods, self._of = periods, of
        self.work = 2 * days * of.work

    def _days(self, facts: Facts, start: int, end: int) -> Iterator[tuple[Period, int, int]]:
        """Each day, the time of the earlier visits in it, and that with this visit's."""
        for period in self._periods.of_span(start, end):
            first, last, _ = period
            before = sum([max(0, min(last, gone) - max(first, came)) for came, gone in facts.visits])
            yield period, before, before + min(last, end) - max(first, start)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        of = self._of.amount
        return sum([of(facts, 0, after) - of(facts, 0, before) for _, before, after in self._days(facts, start, end)])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges: list[Charge] = []
        for day, before, after in self._days(facts, start, end):
            if not before:
                charges += self._of.charges(facts, 0, after)
                continue
            amount = self._of.amount(facts, 0, after) - self._of.amount(facts, 0, before)
            name = self._periods.words(start, day)
            words = f"{name}: {length_words(after)} in all visits, {length_words(before)} of them charged before"
            charges.append(Charge("visits", words, 1, amount, amount))
        return charges


def _not_applied(charges: list[Charge]) -> list[Charge]:
    return [charge for charge in charges if charge.code == NOT_APPLIED]
