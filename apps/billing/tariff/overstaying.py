"""What staying past the allowed end costs besides: a multiple of the ordinary price, or a meter of its own."""

from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from apps.core.money import round_ratio

from .charging import TimeCharges
from .compiling import Compiler
from .document.plan import OverstayCharge, OverstayTimes, PlanDocument
from .document.times import length_seconds
from .fee import OVERSTAY_PENALTY, Line
from .rounding import Rounder
from .stay import elapsed_seconds, started_minutes
from .timed import TimedStay


class _Multiple(NamedTuple):
    """Tolerance in seconds, what is added as an exact ratio, the multiplier in words."""

    tolerance: int
    numerator: int
    denominator: int
    times: str


class Overstay:
    """A plan's rule for the time past the allowed end, which is in `time` already."""

    def __init__(self, plan: PlanDocument, to: Compiler, time: TimeCharges, rounder: Rounder) -> None:
        self._time, self._rounder, self._scale = time, rounder, to.scale
        self._multiple = _multiple(plan)
        self._to_the_second = plan.time == "elapsed" and plan.precision == "second"
        self._meter = to.meter(plan.overstay.of) if isinstance(plan.overstay, OverstayCharge) else None
        self.timeless: Final = self._meter is None or self._meter.timeless
        self.work: Final = self._meter.work if self._meter else 0

    def amount(self, timed: TimedStay, base: int) -> int:
        """What a stay whose time costs `base` (scaled) pays besides, in minor units. Raises Unpriceable."""
        if timed.stay.allowed_until is None:
            return 0
        if self._meter is not None:
            allowed = _allowed(timed)
            return (
                self._rounder.total(self._meter.amount(timed.facts, allowed, timed.end)) if allowed < timed.end else 0
            )
        over = self._over(timed)
        return self._penalty(timed, base) if over else 0

    def lines(self, timed: TimedStay, base: int) -> list[Line]:
        """The same as lines."""
        if timed.stay.allowed_until is None:
            return []
        if self._meter is not None:
            allowed = _allowed(timed)
            charges = self._meter.charges(timed.facts, allowed, timed.end) if allowed < timed.end else []
            return [
                Line(OVERSTAY_PENALTY, f"Overstay: {line.description}", line.quantity, line.unit_amount, line.amount)
                for line in self._rounder.lines(charges)
                if line.amount
            ]
        over = self._over(timed)
        amount = self._penalty(timed, base) if over else 0
        if self._multiple is None or not amount:
            return []
        words = f"Overstay of {started_minutes(over)} min, charged {self._multiple.times} times"
        return [Line(OVERSTAY_PENALTY, words, 1, amount, amount)]

    def _over(self, timed: TimedStay) -> int:
        """By how many seconds the stay was too long, 0 where that is tolerated."""
        stay, place = timed.stay, timed.place
        assert stay.allowed_until is not None
        if self._multiple is None:
            return 0
        over = (
            elapsed_seconds(stay.allowed_until, stay.exit_at)
            if self._to_the_second
            else place(stay.exit_at) - place(stay.allowed_until)
        )
        return over if over > self._multiple.tolerance else 0

    def _penalty(self, timed: TimedStay, base: int) -> int:
        assert self._multiple is not None
        allowed = min(timed.end, _allowed(timed))
        before = tuple([at for at in timed.paid if at <= allowed])
        beyond = base - self._time.amount(timed.facts, timed.start, allowed, before)
        return max(0, round_ratio(beyond * self._multiple.numerator, self._multiple.denominator * self._scale))


def _allowed(timed: TimedStay) -> int:
    until = timed.stay.allowed_until
    assert until is not None
    # a wall clock that was put back may show a later time before the entry
    return max(timed.start, timed.place(until)) if until > timed.stay.entry_at else timed.start


def _multiple(plan: PlanDocument) -> _Multiple | None:
    if not isinstance(plan.overstay, OverstayTimes):
        return None
    added = Fraction(plan.overstay.times - Decimal(1))
    times = f"{plan.overstay.times.normalize():f}"
    return _Multiple(length_seconds(plan.overstay.tolerance), added.numerator, added.denominator, times)
