"""A plan that is ready to price stays."""

from functools import cached_property
from typing import Final

from apps.core.money import LARGEST_MINOR, minor_to_decimal, round_ratio

from .charging import TimeCharges
from .compiling import Compiler
from .discounting import Discounting, Shortened
from .document.canonical import canonical_json, plan_hash
from .document.meters import AnyMeter, Cap, Visits
from .document.plan import PlanDocument
from .document.walk import walk
from .facts import FactReader
from .fee import FREE, Fee, Line
from .meters.base import NOT_APPLIED, Unpriceable
from .overstaying import Overstay
from .rounding import Rounder
from .stay import Stay, started_minutes
from .taxing import Taxation
from .time_line import time_line
from .timed import TimedStay, payments_in_order


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
        self._time, self._rounder = TimeCharges(plan, compiler), Rounder(plan, compiler.scale)
        self._overstay = Overstay(plan, compiler, self._time, self._rounder) if plan.overstay else None
        self._discounts = Discounting(plan) if plan.discounts.items else None
        self._tax = Taxation(plan)
        self._sums_alone = self._rounder.sums_alone and self._tax.sums_alone
        self._longest = compiler.longest if plan.longest_stay else None
        self._facts = FactReader(plan)
        self.timeless: Final = (
            self._time.timeless and not self._tax.dated and (self._overstay is None or self._overstay.timeless)
        )
        self.work: Final = self._time.work + (self._overstay.work if self._overstay else 0)
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
        timed = self._timed(stay)
        lines = self._lines(timed) if timed.end > timed.start else []
        if not any(line.code != NOT_APPLIED for line in lines):
            words = "Free: nothing is charged for this time" if timed.end > timed.start else "Free: no time passed"
            lines.insert(0, Line(FREE, words, 1, 0, 0))
        rate = self._tax.rate(lambda: self._tax_day(timed))
        fee = Fee(
            self.document.currency, started_minutes(stay.seconds), rate, tuple(self._tax.taxed(lines, rate))
        )  # fmt: skip
        if not 0 <= fee.total <= LARGEST_MINOR:
            raise FeeOutOfRange(f"{fee.total} minor units of {fee.currency} cannot be stored.")
        return fee

    def total(self, stay: Stay) -> int:
        """The total of `price(stay)`, in less than half the time. Raises Unpriceable, with the words of `price`."""
        if self._sums_alone:
            try:
                total = self._sum(self._timed(stay))
            except Unpriceable:
                return self.price(stay).total
            if 0 <= total <= LARGEST_MINOR:
                return total
        return self.price(stay).total

    def _timed(self, stay: Stay) -> TimedStay:
        place = self._line(stay)
        start = place(stay.entry_at)
        end = max(start, place(stay.exit_at))
        if self._longest is not None and end - start > self._longest:
            raise LongerThanLongestStay(f"The plan prices stays of at most {self.document.longest_stay}.")
        paid = payments_in_order(start, end, [place(at) for at in stay.paid_at]) if stay.paid_at else ()
        return TimedStay(stay, place, start, end, self._facts.of(stay, place), paid)

    def _lines(self, timed: TimedStay) -> list[Line]:
        charges = self._time.charges(timed.facts, timed.start, timed.end, timed.paid)
        lines = self._rounder.lines(charges)
        over = self._overstay.lines(timed, sum([charge.amount for charge in charges])) if self._overstay else []
        if self._discounts is not None:
            due = sum([line.amount for line in lines])
            lines += self._discounts.lines(timed.facts, due, self._shortened(timed))
        return lines + over if over else lines

    def _sum(self, timed: TimedStay) -> int:
        if timed.end <= timed.start:
            return 0
        base = self._time.amount(timed.facts, timed.start, timed.end, timed.paid)
        due = self._rounder.total(base)
        over = self._overstay.amount(timed, base) if self._overstay else 0
        if self._discounts is not None:
            due -= self._discounts.off(timed.facts, due, self._shortened(timed))
        rate = self._tax.rate(lambda: self._tax_day(timed))
        return due + over + self._tax.added(due + over, rate)

    def _shortened(self, timed: TimedStay) -> Shortened:
        start, end = timed.start, timed.end

        def shortened(first: int, last: int) -> int:
            earlier, later = min(start + first, end), max(end - last, start)
            rest = earlier, max(earlier, later)
            return round_ratio(self._time.amount_of_rest(timed.facts, (start, end), timed.paid, rest), self.scale)

        return shortened

    def _tax_day(self, timed: TimedStay) -> int:
        return self._clock.day_of(timed.start if self._tax.by_entry else timed.end)


def _counts_visits(meter: AnyMeter) -> bool:
    return isinstance(meter, Visits) or (isinstance(meter, Cap) and meter.visits == "together")
