"""Meters that cut a span into parts, one after another."""

from collections.abc import Iterator
from typing import NamedTuple

from apps.billing.tariff.document.times import length_words
from apps.billing.tariff.local_clock import Clock

from .base import FREE, Charge, CompiledMeter, Facts


class GraceMeter(CompiledMeter):
    def __init__(self, *, free: int, boundary_free: bool, whole: bool, of: CompiledMeter) -> None:
        self._free, self._boundary_free, self._whole, self._of = free, boundary_free, whole, of
        self.timeless, self.work = of.timeless, of.work

    def _within(self, length: int) -> bool:
        return length < self._free or (self._boundary_free and length == self._free)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        if self._within(end - start):
            return 0
        return self._of.amount(facts, start if self._whole else start + self._free, end)

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        length = end - start
        if not length:
            return []
        if self._within(length):
            words = f"Free: {-(-length // 60)} min, within the first {-(-self._free // 60)} min"
            return [Charge(FREE, words, 1, 0, 0)]
        if self._whole:
            return self._of.charges(facts, start, end)
        charges = self._of.charges(facts, start + self._free, end)
        return [Charge(FREE, f"Free: the first {length_words(self._free)}", 1, 0, 0), *charges]


class Part(NamedTuple):
    """A part of a sequence: `seconds` long, or until the clock shows `until`; both None for the rest."""

    seconds: int | None
    until: int | None
    of: CompiledMeter


class BlocksMeter(CompiledMeter):
    def __init__(self, parts: tuple[Part, ...], clock: Clock) -> None:
        self._parts, self._clock = parts, clock
        self.timeless = all(part.of.timeless and part.until is None for part in parts)
        self.work = sum(part.of.work for part in parts)

    def _spans(self, start: int, end: int) -> Iterator[tuple[CompiledMeter, int, int, int]]:
        """Each part that is reached: its meter, start, end within the span, and its own end."""
        for seconds, until, meter in self._parts:
            if start >= end:
                return
            own_end = end
            if seconds is not None:
                own_end = start + seconds
            elif until is not None:
                own_end = self._next(until, start)
            yield meter, start, min(own_end, end), own_end
            start = own_end

    def _next(self, second: int, after: int) -> int:
        day = self._clock.day_of(after)
        while (found := self._clock.instant(day, second)) <= after:
            day += 1
        return found

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return sum([meter.amount(facts, first, last) for meter, first, last, _ in self._spans(start, end)])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges: list[Charge] = []
        for meter, first, last, _ in self._spans(start, end):
            charges += meter.charges(facts, first, last)
        return charges

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        settled = end
        for meter, first, last, own_end in self._spans(start, end):
            settled = meter.settled_until(facts, first, last)
            if own_end > end:
                settled = min(settled, own_end)
        return max(settled, end)


class RepeatMeter(CompiledMeter):
    """Starts afresh every `seconds`, or on every day when the clock shows `day_begins`."""

    def __init__(
        self, *, seconds: int | None, day_begins: int, of: CompiledMeter, clock: Clock, most_periods: int
    ) -> None:
        self._seconds, self._day_begins, self._of, self._clock = seconds, day_begins, of, clock
        self._rolls = seconds is not None and of.timeless
        self.timeless = self._rolls
        self.work = 2 * of.work if self._rolls else most_periods * of.work

    def _ends(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The periods that a span touches, each from its start in the span to its own end."""
        if self._seconds is not None:
            for first in range(start, end, self._seconds):
                yield first, first + self._seconds
            return
        instant = self._clock.instant
        day = self._clock.day_of(start) - 1
        while start < end:
            day += 1
            until = instant(day, self._day_begins)
            if until > start:
                yield start, until
                start = until

    def amount(self, facts: Facts, start: int, end: int) -> int:
        if self._rolls:
            assert self._seconds is not None
            full, rest = divmod(end - start, self._seconds)
            amount = self._of.amount(facts, 0, rest)
            return amount + full * self._of.amount(facts, 0, self._seconds) if full else amount
        return sum([self._of.amount(facts, first, min(last, end)) for first, last in self._ends(start, end)])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if not self._rolls:
            charges: list[Charge] = []
            for first, last in self._ends(start, end):
                charges += self._of.charges(facts, first, min(last, end))
            return charges
        assert self._seconds is not None
        full, rest = divmod(end - start, self._seconds)
        charges = self._of.charges(facts, 0, rest)
        if full:
            each = self._of.amount(facts, 0, self._seconds)
            charges.insert(0, Charge("period", f"{full} × {length_words(self._seconds)}", full, each, full * each))
        return charges

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        assert self._seconds is not None, "only periods of a length may be carried over a band's boundary"
        first = start + (end - start - 1) // self._seconds * self._seconds
        return max(end, min(self._of.settled_until(facts, first, end), first + self._seconds))


class SumMeter(CompiledMeter):
    def __init__(self, of: tuple[CompiledMeter, ...]) -> None:
        self._of = of
        self.timeless = all(meter.timeless for meter in of)
        self.work = sum(meter.work for meter in of)

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return sum([meter.amount(facts, start, end) for meter in self._of])

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        charges: list[Charge] = []
        for meter in self._of:
            charges += meter.charges(facts, start, end)
        return charges
