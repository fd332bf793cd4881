"""What the time of a stay costs, before rounding: by the edition that governs, until and after payments."""

from bisect import bisect_right
from typing import Final, NamedTuple

from .compiling import Compiler
from .document.plan import PaidThenCharge, PaidThenWholeStay, PlanDocument
from .document.times import length_seconds
from .local_clock import day_number
from .meters.base import Charge, CompiledMeter, Facts, Unpriceable


class PaymentNotForeseen(Unpriceable):
    """The stay was paid for before its exit, and the plan doesn't say what that means."""

    code = "payment_not_foreseen"


class Leg(NamedTuple):
    """A part of a stay under one meter, and what the lines are to say of it."""

    of: CompiledMeter
    start: int
    end: int
    note: str


class TimeCharges:
    """The editions of a plan and what holds after a payment."""

    def __init__(self, plan: PlanDocument, to: Compiler) -> None:
        self._governs = plan.governs
        self._clock = to.clock
        self._editions: Final = [
            (day_number(edition.since) if edition.since else None, to.meter(edition.charge))
            for edition in plan.editions
        ]
        self._changes = [since for since, _ in self._editions if since is not None]
        after = plan.after_payment
        self._then_charge = to.meter(after.of) if isinstance(after, PaidThenCharge) else None
        self._then_whole = after if isinstance(after, PaidThenWholeStay) else None
        meters = [meter for _, meter in self._editions] + ([self._then_charge] if self._then_charge else [])
        self.timeless = len(self._editions) == 1 and all(meter.timeless for meter in meters)
        self.work = sum(meter.work for meter in meters)
        self._only = self._editions[0][1] if len(self._editions) == 1 else None

    def amount(self, facts: Facts, start: int, end: int, paid: tuple[int, ...]) -> int:
        """The scaled price of a stay with payments at these instants. Raises Unpriceable."""
        if self._only is not None and not paid:
            return self._only.amount(facts, start, end)
        return sum([leg.of.amount(facts, leg.start, leg.end) for leg in self._legs(start, end, paid)])

    def amount_of_rest(self, facts: Facts, span: tuple[int, int], paid: tuple[int, ...], rest: tuple[int, int]) -> int:
        """The scaled price of a part of a stay, as a stay of its own. Raises Unpriceable.

        Its payments stand: what they leave to be priced, and what by which meter, is that of the stay itself.
        """
        first, last = rest
        if paid and self._then_whole is not None:
            last = max(first, min(last, self._priced_until(span[1], paid, self._then_whole)))
            return self.amount(facts, first, last, ())
        return self.amount(facts, first, last, tuple([min(max(at, first), last) for at in paid]))

    def charges(self, facts: Facts, start: int, end: int, paid: tuple[int, ...]) -> list[Charge]:
        """The same as lines."""
        if self._only is not None and not paid:
            return self._only.charges(facts, start, end)
        charges: list[Charge] = []
        for of, first, last, note in self._legs(start, end, paid):
            charges += [charge._replace(words=note + charge.words) for charge in of.charges(facts, first, last)]
        return charges

    def _legs(self, start: int, end: int, paid: tuple[int, ...]) -> list[Leg]:
        if not paid:
            return self._edition_legs(start, end)
        if self._then_whole is not None:
            return self._edition_legs(start, self._priced_until(end, paid, self._then_whole))
        if self._then_charge is None:
            raise PaymentNotForeseen("The plan says nothing of payments before the exit.")
        legs = self._edition_legs(start, paid[0])
        for first, last in zip(paid, (*paid[1:], end), strict=True):
            legs.append(Leg(self._then_charge, first, last, "after payment: "))
        return legs

    def _priced_until(self, end: int, paid: tuple[int, ...], after: PaidThenWholeStay) -> int:
        free = length_seconds(after.free) + (1 if after.boundary == "free" else 0)
        until = paid[0]
        for at in (*paid[1:], end):
            if at - until >= free:
                until = at
        return until

    def _edition_legs(self, start: int, end: int) -> list[Leg]:
        if self._only is not None:
            return [Leg(self._only, start, end, "")]
        if self._governs != "split":
            day = self._clock.day_of(start if self._governs == "entry" else end)
            _, of = self._editions[bisect_right(self._changes, day)]
            return [Leg(of, start, end, "")]
        legs = []
        starts = [start if since is None else self._clock.instant(since, 0) for since, _ in self._editions]
        for (_, of), first, last in zip(self._editions, starts, (*starts[1:], end), strict=True):
            if max(first, start) < min(last, end):
                legs.append(Leg(of, max(first, start), min(last, end), ""))
        return legs
