"""A plan that is ready to price stays."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Final

from apps.core.money import LARGEST_MINOR, minor_to_decimal, round_ratio

from .charging import TimeCharges
from .compiling import Compiler
from .discounting import Discounting
from .document.canonical import canonical_json, plan_hash
from .document.meters import AnyMeter, Cap, Visits
from .document.plan import OverstayCharge, OverstayTimes, PlanDocument
from .document.times import length_seconds
from .document.walk import walk
from .facts import FactReader
from .fee import FREE, OVERSTAY_PENALTY, Fee, Line
from .meters.base import NOT_APPLIED, Facts, Unpriceable
from .rounding import rounder
from .stay import Stay, elapsed_seconds, started_minutes
from .taxing import Taxation
from .time_line import time_line


class FeeOutOfRange(Unpriceable):
    """The fee is larger than can be stored (a stay of centuries at the dearest prices), or below zero."""

    code = "fee_out_of_range"


class LongerThanLongestStay(Unpriceable):
    """The plan prices no stay of this length."""

    code = "longer_than_longest_stay"


class CompiledPlan:
    """`price(stay)` as the document says; the same document and stay give the same fee for ever.

    The document was checked before (`activate`); compiling looks at nothing twice.
    """

    def __init__(self, plan: PlanDocument) -> None:
        self.document: Final = plan
        compiler = Compiler(plan)
        self._clock, self.scale = compiler.clock, compiler.scale
        self._time = TimeCharges(plan, compiler)
        self._overstay = _overstay(plan)
        self._to_the_second = plan.time == "elapsed" and plan.precision == "second"
        self._overstay_meter = compiler.meter(plan.overstay.of) if isinstance(plan.overstay, OverstayCharge) else None
        self._rounded = rounder(plan, compiler.scale)
        self._discounts = Discounting(plan) if plan.discounts.items else None
        self._tax = Taxation(plan)
        self._longest = compiler.longest if plan.longest_stay else None
        self._facts = FactReader(plan)
        self.timeless: Final = (
            self._time.timeless
            and not self._tax.dated
            and (self._overstay_meter is None or self._overstay_meter.timeless)
        )
        self.work: Final = self._time.work + (self._overstay_meter.work if self._overstay_meter else 0)
        self._line = time_line(plan, timeless=self.timeless)
        self.asks_for_visits: Final = any(_counts_visits(meter) for _, meter in walk(plan))

    @property
    def currency(self) -> str:
        """The currency of all prices (ISO 4217)."""
        return self.document.currency

    @cached_property
    def canonical(self) -> bytes:
        """The document in its canonical form."""
        return canonical_json(self.document)

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the canonical form."""
        return plan_hash(self.canonical)

    def money(self, minor: int) -> str:
        """An amount in minor units for people."""
        return f"{minor_to_decimal(minor, self.document.currency)} {self.document.currency}"

    def price(self, stay: Stay) -> Fee:
        """The fee of a stay, exact to the minor unit. Raises Unpriceable."""
        place = self._line(stay)
        start = place(stay.entry_at)
        end = max(start, place(stay.exit_at))
        if self._longest is not None and end - start > self._longest:
            raise LongerThanLongestStay(f"The plan prices stays of at most {self.document.longest_stay}.")
        facts = self._facts.of(stay, place)
        lines = self._lines(facts, start, end, stay, place) if end > start else []
        if not any(line.code != NOT_APPLIED for line in lines):
            words = "Free: nothing is charged for this time" if end > start else "Free: no time passed"
            lines.insert(0, Line(FREE, words, 1, 0, 0))
        rate = self._tax.rate(lambda: self._clock.day_of(start if self._tax.by_entry else end))
        fee = Fee(
            self.document.currency, started_minutes(stay.seconds), rate, tuple(self._tax.taxed(lines, rate))
        )  # fmt: skip
        if not 0 <= fee.total <= LARGEST_MINOR:
            raise FeeOutOfRange(f"{fee.total} minor units of {fee.currency} cannot be stored.")
        return fee

    def _lines(
        self, facts: Facts, start: int, end: int, stay: Stay, place: Callable[[datetime], int]
    ) -> list[Line]:  # fmt: skip
        paid = _in_order(start, end, [place(at) for at in stay.paid_at]) if stay.paid_at else ()
        charges = self._time.charges(facts, start, end, paid)
        lines = self._rounded(charges)
        over = self._overstayed(facts, stay, place, (start, end), paid, sum([charge.amount for charge in charges]))
        if self._discounts is not None:

            def shortened(first: int, last: int) -> int:
                earlier, later = min(start + first, end), max(end - last, start)
                rest = earlier, max(earlier, later)
                return round_ratio(self._time.amount_of_rest(facts, (start, end), paid, rest), self.scale)

            lines += self._discounts.lines(facts, sum([line.amount for line in lines]), shortened)
        return lines + over if over else lines

    def _overstayed(
        self,
        facts: Facts,
        stay: Stay,
        place: Callable[[datetime], int],
        span: tuple[int, int],
        paid: tuple[int, ...],
        base: int,
    ) -> list[Line]:
        start, end = span
        until = stay.allowed_until
        if until is None:
            return []
        # a wall clock that was put back may show a later time before the entry
        allowed = max(start, place(until)) if until > stay.entry_at else start
        if self._overstay_meter is not None:
            charges = self._overstay_meter.charges(facts, allowed, end) if allowed < end else []
            return [
                Line(OVERSTAY_PENALTY, f"Overstay: {line.description}", line.quantity, line.unit_amount, line.amount)
                for line in self._rounded(charges)
                if line.amount
            ]
        if self._overstay is None:
            return []
        tolerance, numerator, denominator, times = self._overstay
        over = elapsed_seconds(until, stay.exit_at) if self._to_the_second else place(stay.exit_at) - place(until)
        if over <= tolerance:
            return []
        allowed = min(end, allowed)
        beyond = base - self._time.amount(facts, start, allowed, tuple([at for at in paid if at <= allowed]))
        amount = round_ratio(beyond * numerator, denominator * self.scale)
        if amount <= 0:
            return []
        words = f"Overstay of {started_minutes(over)} min, charged {times} times"
        return [Line(OVERSTAY_PENALTY, words, 1, amount, amount)]


def _counts_visits(meter: AnyMeter) -> bool:
    return isinstance(meter, Visits) or (isinstance(meter, Cap) and meter.visits == "together")


def _in_order(start: int, end: int, paid: list[int]) -> tuple[int, ...]:
    """Payments on a wall clock that was put back between them: no time is counted twice, none past the exit."""
    return tuple([min(at, end) for at in list(accumulate(paid, max, initial=start))[1:]])


def _overstay(plan: PlanDocument) -> tuple[int, int, int, str] | None:
    """Tolerance in seconds, what is added as an exact ratio, the multiplier in words."""
    if not isinstance(plan.overstay, OverstayTimes):
        return None
    added = Fraction(plan.overstay.times - Decimal(1))
    times = f"{plan.overstay.times.normalize():f}"
    return length_seconds(plan.overstay.tolerance), added.numerator, added.denominator, times
