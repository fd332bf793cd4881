"""Meters that bound another one's price, and that add up a vehicle's visits."""

from collections.abc import Iterator

from apps.billing.tariff.document.times import length_words
from apps.billing.tariff.local_clock import Clock
from apps.billing.tariff.windows import ClockWindow

from .base import NOT_APPLIED, Charge, CompiledMeter, Facts

Period = tuple[int, int, str]
"""Start, end on the time line, and a name for people; "" where no cap holds."""


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
        before = 0
        for period in self._periods.of_span(start, end):
            upto = self._of.amount(facts, start, min(period[1], end))
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
                f"{name or 'other time'}{f': at most {self._words}' if accrued != charged else ''}",
                1,
                charged,
                charged,
            )
            for (_, _, name), accrued, charged in shares
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
        for number, first in enumerate(range(start, end, self._seconds), start=1):
            yield first, first + self._seconds, f"{length_words(self._seconds)} no. {number}"


class DayPeriods:
    """Calendar days that begin at a clock time."""

    def __init__(self, begins: int, clock: Clock) -> None:
        self._begins, self._clock = begins, clock

    def of_span(self, start: int, end: int) -> Iterator[Period]:
        """The days that a span touches, in order."""
        if start >= end:
            return
        instant = self._clock.instant
        day = self._clock.day_of(start)
        if instant(day, self._begins) > start:
            day -= 1
        while (first := instant(day, self._begins)) < end:
            yield first, instant(day + 1, self._begins), f"{self._clock.reading(first):%a %d %b}"
            day += 1


class WindowPeriods:
    """The occurrences of a clock window, with the time between them as periods without a name."""

    def __init__(self, window: ClockWindow, clock: Clock) -> None:
        self._window, self._clock = window, clock

    def of_span(self, start: int, end: int) -> Iterator[Period]:
        """The occurrences and the gaps that a span touches, in order."""
        at = start
        for found in self._window.between(start, end):
            if found.start > at:
                yield at, found.start, ""
            yield found.start, found.end, f"{self._clock.reading(found.start):%a} {self._window.words}"
            at = found.end
        if at < end:
            yield at, end, ""


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

    def _days(self, facts: Facts, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Each day's name, the time of the earlier visits in it, and that with this visit's."""
        for first, last, name in self._periods.of_span(start, end):
            before = sum([max(0, min(last, gone) - max(first, came)) for came, gone in facts.visits])
            yield name, before, before + min(last, end) - max(first, start)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        of = self._of.amount
        return sum([of(facts, 0, after) - of(facts, 0, before) for _, before, after in self._days(facts, start, end)])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges: list[Charge] = []
        for name, before, after in self._days(facts, start, end):
            if not before:
                charges += self._of.charges(facts, 0, after)
                continue
            amount = self._of.amount(facts, 0, after) - self._of.amount(facts, 0, before)
            words = f"{name}: {length_words(after)} in all visits, {length_words(before)} of them charged before"
            charges.append(Charge("visits", words, 1, amount, amount))
        return charges


def _not_applied(charges: list[Charge]) -> list[Charge]:
    return [charge for charge in charges if charge.code == NOT_APPLIED]
