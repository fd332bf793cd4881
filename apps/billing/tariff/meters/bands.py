"""Meters that look at the clock: prices by window, and time that counts only inside a window."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apps.billing.tariff.document.times import length_words
from apps.billing.tariff.local_clock import Clock
from apps.billing.tariff.windows import ClockWindow

from .base import FREE, Charge, CompiledMeter, Facts

_REMEMBERED_DAYS = 4_000


class Segment(NamedTuple):
    """From `start` until before `end`, under one meter; its window's name for people."""

    start: int
    end: int
    of: CompiledMeter
    words: str


class BandsMeter(CompiledMeter):
    """`bands` never overlap, and leave no time over unless there is an `elsewhere`: checked at activation."""

    timeless = False

    def __init__(
        self,
        *,
        bands: tuple[tuple[ClockWindow, CompiledMeter], ...],
        elsewhere: CompiledMeter | None,
        carry: bool,
        clock: Clock,
        days: int,
    ) -> None:
        self._bands, self._elsewhere, self._carry, self._clock = bands, elsewhere, carry, clock
        self._reach = max(window.later for window, _ in bands) + 1
        self._begun_on: dict[int, tuple[Segment, ...]] = {}
        busiest = sum(of.work for _, of in bands) + (len(bands) * elsewhere.work if elsewhere else 0)
        self.work = (days + self._reach) * busiest

    def segments(self, start: int, end: int) -> list[Segment]:
        """The bands of a span, in order, the first and the last one whole."""
        found: list[Segment] = []
        at = start
        day_of = self._clock.day_of
        for day in range(day_of(start) - self._reach, day_of(end) + 1):
            begun = self._begun_on.get(day)
            for segment in self._begin(day) if begun is None else begun:
                if segment.start >= end:
                    break
                if segment.end > at:
                    if segment.start > at:
                        found.append(self._between(at, segment.start))
                    found.append(segment)
                    at = segment.end
        if at < end:
            found.append(self._between(at, end))
        return found

    def _begin(self, day: int) -> tuple[Segment, ...]:
        if len(self._begun_on) >= _REMEMBERED_DAYS:
            self._begun_on.clear()
        begun = []
        for window, of in self._bands:
            occurrence = window.on(day)
            if occurrence and occurrence.end > occurrence.start:
                begun.append(Segment(occurrence.start, occurrence.end, of, window.words))
        found = self._begun_on[day] = tuple(sorted(begun, key=lambda segment: segment.start))
        return found

    def _between(self, start: int, end: int) -> Segment:
        if self._elsewhere is None:
            raise AssertionError("activation lets no plan pass whose bands leave time over")
        return Segment(start, end, self._elsewhere, "")

    def _pieces(self, facts: Facts, start: int, end: int) -> Iterator[tuple[CompiledMeter, int, int, str]]:
        for segment in self.segments(start, end):
            if segment.end <= start:
                continue  # wholly covered by a unit that was carried over
            if segment.end >= end:
                yield segment.of, start, end, segment.words
                return
            last = segment.end
            if self._carry:
                last = segment.of.settled_until(facts, start, last)
            yield segment.of, start, min(last, end), segment.words
            start = last
            if start >= end:
                return

    def amount(self, facts: Facts, start: int, end: int) -> int:
        if end <= start:
            return 0
        return sum([of.amount(facts, first, last) for of, first, last, _ in self._pieces(facts, start, end)])

    def amounts(self, facts: Facts, start: int, ends: Sequence[int]) -> list[int]:
        found: list[int] = []
        closed = 0
        for of, first, last, _ in self._pieces(facts, start, ends[-1]) if ends else ():
            while ends[len(found)] <= last:
                found.append(closed + of.amount(facts, first, ends[len(found)]))
                if len(found) == len(ends):
                    return found
            closed += of.amount(facts, first, last)
        return found

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        charges: list[Charge] = []
        reading = self._clock.reading
        for of, first, last, _ in self._pieces(facts, start, end):
            when = f"{reading(first):%a %H:%M}–{reading(last):%H:%M}"
            charges += [
                Charge(code, f"{when}: {words}", quantity, unit, amount)
                for code, words, quantity, unit, amount in of.charges(facts, first, last)
            ]
        return charges


class DuringMeter(CompiledMeter):
    timeless = False

    def __init__(self, *, window: ClockWindow, of: CompiledMeter, days: int) -> None:
        self._window, self._of = window, of
        self.work = days + of.work

    def _counted(self, start: int, end: int) -> int:
        return sum([min(end, found.end) - max(start, found.start) for found in self._window.between(start, end)])

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return self._of.amount(facts, 0, self._counted(start, end)) if end > start else 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        counted = self._counted(start, end)
        outside = end - start - counted
        charges = self._of.charges(facts, 0, counted)
        if outside:
            charges.append(Charge(FREE, f"Free: {length_words(outside)} outside {self._window.words}", 1, 0, 0))
        return charges
