"""A whole fee, counted: the editions, payments, overstay, discounts, rounding and tax around the taxi meters."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil, floor
from typing import Any

from tests.billing.oracle_clock import Moment, moments
from tests.billing.oracle_meters import METERS
from tests.billing.oracle_taxi import Taxi, World, seconds

Times = list[datetime]


class Oracle:
    """Fees of stays from one entry under one plan; all instants are UTC and lie on ticks."""

    def __init__(
        self,
        plan: dict[str, Any],
        entry: datetime,
        *,
        tick: int,
        facts: dict[str, Any],
        visits: list[tuple[datetime, datetime]],
    ) -> None:
        self.plan, self.entry, self.tick = plan, entry, tick
        self.wall = plan["time"] == "wallClock"
        self.discounts: dict[datetime, tuple[tuple[str, ...], set[str]]] = {}
        """The codes that were taken off the last fee of each exit, and those that are to be named beside."""
        self._paths: dict[datetime, tuple[list[Moment], Iterator[Moment]]] = {}
        known = {name: facts.get(name, kind["absent"]) for name, kind in plan["facts"].items()}
        walked = [self._walk(came, gone) for came, gone in visits]
        self.world = World(plan, known, tick, walked, METERS)

    def _walk(self, start: datetime, end: datetime) -> list[Moment]:
        """The moments of a span, its end included; one moment where no time passes."""
        return self._walk_from(start, self._ticks(start, end))

    def _walk_ticks(self, ticks: int) -> list[Moment]:
        """The moments of the first ticks after the entry."""
        return self._walk_from(self.entry, ticks)

    def _walk_from(self, start: datetime, ticks: int) -> list[Moment]:
        walked, clock = self._path(start)
        walked.extend(islice(clock, max(0, ticks + 1 - len(walked))))
        return walked[: ticks + 1]

    def _path(self, start: datetime) -> tuple[list[Moment], Iterator[Moment]]:
        if start not in self._paths:
            self._paths[start] = [], moments(start, zone=self.plan["zone"], wall=self.wall, tick=self.tick)
        return self._paths[start]

    def _ticks(self, start: datetime, end: datetime) -> int:
        if self.wall:
            first, last = self._wall_at(start), self._wall_at(end)
            return max(0, (last - first) // self.tick)
        return max(0, round((end - start).total_seconds()) // self.tick)

    def _wall_at(self, at: datetime) -> int:
        return next(moments(at, zone=self.plan["zone"], wall=True, tick=self.tick)).shown

    def fees(
        self, exits: Iterable[datetime], *, allowed: datetime | None = None, paid: Sequence[datetime] = ()
    ) -> list[int]:
        """The totals at each of several exits, in minor units. Raises NoPrice."""
        exits = list(exits)
        self._prepare(exits, allowed, list(paid))
        if paid:
            return [self._paid_fee(end, allowed, list(paid)) for end in exits]
        bills = self._bills([*exits, *([min(allowed, end) for end in exits] if allowed else [])])
        return [self._fee(bills[end], end, allowed, bills.get(min(allowed, end)) if allowed else None) for end in exits]

    def _paid_fee(self, end: datetime, allowed: datetime | None, paid: Times) -> int:
        bill, until = self._after_payments(end, paid), None
        if allowed and self.entry < allowed < end:
            before = [at for at in paid if at <= allowed]
            until = self._after_payments(allowed, before) if before else self._bills([allowed])[allowed]
        return self._fee(bill, end, allowed, until)

    def _prepare(self, exits: Times, allowed: datetime | None, paid: Times) -> None:
        """Runs once what every exit will ask for."""
        overstay = self.plan["overstay"]
        if allowed and overstay and overstay["kind"] == "charge":
            start = allowed if allowed > self.entry and self._ticks(self.entry, allowed) else self.entry
            late = [end for end in exits if end > start]
            self._late = self._bills_of(overstay["of"], start, late) if late else {}
        for item in self.plan["discounts"]["items"]:
            if item["kind"] == "time":
                self._shortened(item, exits, paid)

    def _shortened(self, item: dict[str, Any], exits: Times, paid: Times) -> None:
        """What the stays would cost without their first or last time, counted in ticks as every length is."""
        off, ticks = seconds(item["time"]) // self.tick, {end: self._ticks(self.entry, end) for end in exits}
        at_end = item["takenFrom"] == "end"
        if paid:
            rests = {end: range(max(0, n - off)) if at_end else range(min(off, n), n) for end, n in ticks.items()}
            self._cut = {end: self._after_payments(end, paid, rest) for end, rest in rests.items()}
        elif at_end:
            kept = self._bills_from(0, {max(0, n - off) for n in ticks.values()})
            self._cut = {end: kept[max(0, n - off)] for end, n in ticks.items()}
        else:
            kept = self._bills_from(off, {n for n in ticks.values() if n > off})
            self._cut = {end: kept.get(n, 0) for end, n in ticks.items()}

    def _bills(self, ends: Times) -> dict[datetime, int]:
        wanted = {end: self._ticks(self.entry, end) for end in ends}
        found = self._bills_from(0, set(wanted.values()))
        return {end: found[passed] for end, passed in wanted.items()}

    def _bills_from(self, first: int, needed: set[int]) -> dict[int, int]:
        """The bills of stays that begin at one tick and end at others, by these."""
        walk = self._walk_ticks(max(needed, default=first))
        runs = [self.world.meter(edition["charge"]) for edition in self.plan["editions"]]
        split, parts = 0, None
        found: dict[int, int] = {}
        for passed, now in enumerate(walk[first:], first):
            if passed in needed:
                found[passed] = self._of_editions(runs, split, parts, walk[first], now)
            if passed + 1 < len(walk):
                if self.plan["governs"] == "split":
                    split, parts = self._run_split(split, parts, now, walk[passed + 1])
                else:
                    for meter in runs:
                        meter.run(now, walk[passed + 1])
        return found

    def _run_split(
        self, closed: int, open_part: tuple[int, Taxi] | None, now: Moment, then: Moment
    ) -> tuple[int, tuple[int, Taxi]]:
        place = self._edition(now)
        if open_part is None or open_part[0] != place:
            closed += open_part[1].bill(now) if open_part else 0
            open_part = place, self.world.meter(self.plan["editions"][place]["charge"])
        open_part[1].run(now, then)
        return closed, open_part

    def _of_editions(
        self, runs: list[Taxi], closed: int, open_part: tuple[int, Taxi] | None, first: Moment, end: Moment
    ) -> int:
        if self.plan["governs"] == "split":
            return closed + (open_part[1].bill(end) if open_part else 0)
        return runs[self._edition(first if self.plan["governs"] == "entry" else end)].bill(end)

    def _edition(self, moment: Moment) -> int:
        return _held(self.plan["editions"], moment.day)

    def _bills_of(self, node: dict[str, Any], start: datetime, ends: Times) -> dict[datetime, int]:
        """What one meter says at each of several ends."""
        meter, wanted = self.world.meter(node), {end: self._ticks(start, end) for end in ends}
        walk, found = self._walk(start, max(ends, key=lambda end: wanted[end])), dict[int, int]()
        needed = set(wanted.values())
        for passed, now in enumerate(walk):
            if passed in needed:
                found[passed] = meter.bill(now)
            if passed + 1 < len(walk):
                meter.run(now, walk[passed + 1])
        return {end: found[passed] for end, passed in wanted.items()}

    def _after_payments(self, end: datetime, paid: Times, rest: range | None = None) -> int:
        """The bill of a stay with payments, or of those ticks of it that are in `rest` alone."""
        after, last = self.plan["afterPayment"], self._ticks(self.entry, end)
        bounds = [0]
        for at in paid:
            bounds.append(min(last, max(bounds[-1], self._ticks(self.entry, at))))
        kept = range(last) if rest is None else rest
        if after["kind"] == "wholeStay":
            return self._edition_bill([tick for tick in kept if tick < self._priced_until(bounds, last)])
        bill = self._edition_bill([tick for tick in kept if tick < bounds[1]])
        for one, other in pairwise([*bounds[1:], last]):
            meter, walk = self.world.meter(after["of"]), self._walk_ticks(other)
            for tick in kept:
                if one <= tick < other:
                    meter.run(walk[tick], walk[tick + 1])
            bill += meter.bill(walk[other])
        return bill

    def _priced_until(self, bounds: list[int], last: int) -> int:
        after, until = self.plan["afterPayment"], bounds[1]
        for at in [*bounds[2:], last]:
            over = (at - until) * self.tick
            if over > seconds(after["free"]) or (over == seconds(after["free"]) and after["boundary"] == "charged"):
                until = at
        return until

    def _edition_bill(self, ticks: list[int]) -> int:
        """The bill of a stay that lasts these ticks."""
        return self._bills_from(ticks[0], {ticks[-1] + 1})[ticks[-1] + 1] if ticks else 0

    def _fee(self, bill: int, end: datetime, allowed: datetime | None, until_allowed: int | None = None) -> int:
        if self._ticks(self.entry, end) == 0:
            return 0
        due = self._rounded(bill)
        over = self._overstay(bill, end, allowed, until_allowed)
        return self._taxed(due - self._discounts(due, end) + over, end)

    def _rounded(self, bill: int) -> int:
        rounding = self.plan["rounding"]
        step = self.world.money(rounding["to"])
        return int(
            {"halfUp": _half_up, "up": ceil, "down": floor}[rounding["mode"]](Fraction(bill, step))
            * step
            / self.world.whole
        )

    def _minor(self, bill: int) -> int:
        return _half_up(Fraction(bill, self.world.whole))

    def _overstay(self, bill: int, end: datetime, allowed: datetime | None, until_allowed: int | None) -> int:
        overstay = self.plan["overstay"]
        if overstay is None or allowed is None or end <= allowed:
            return 0
        if overstay["kind"] == "charge":
            return self._rounded(self._late[end]) if end > self.entry else 0
        if self._ticks(allowed, end) * self.tick <= seconds(overstay["tolerance"]):
            return 0
        if allowed <= self.entry or until_allowed is None:
            until_allowed = 0
        beyond = Fraction(bill - until_allowed, self.world.whole)
        return max(0, _half_up(beyond * (Fraction(str(overstay["times"])) - 1)))

    def _discounts(self, due: int, end: datetime) -> int:
        stacking, left, found = self.plan["discounts"]["stacking"], due, dict[str, int]()
        for item in self.plan["discounts"]["items"]:
            if any(self.world.facts[test["fact"]] != test["equals"] for test in item["when"]):
                continue
            off = max(0, min(left, self._off(item, left, end)))
            if off:
                found[item["code"]] = off
            if stacking == "inOrder":
                left -= off
        taken = found if stacking == "inOrder" else dict([max(found.items(), key=lambda one: one[1])] if found else [])
        passed_over = set(found) - set(taken) if stacking == "bestNamed" else set()
        self.discounts[end] = tuple(taken), passed_over
        return sum(taken.values())

    def _off(self, item: dict[str, Any], left: int, end: datetime) -> int:
        if item["kind"] == "percent":
            return _half_up(left * Fraction(str(item["percent"])) / 100)
        if item["kind"] == "amount":
            return self._minor(self.world.money(item["amount"]))
        return left - self._minor(self._cut[end])

    def _taxed(self, due: int, end: datetime) -> int:
        tax = self.plan["tax"]
        if tax["prices"] == "inclusive":
            return due
        at = self._walk(self.entry, end)
        rate = tax["rates"][_held(tax["rates"], (at[0] if tax["rateOf"] == "entry" else at[-1]).day)]
        return due + _half_up(due * Fraction(str(rate["percent"])) / 100)


def _held(listed: list[dict[str, Any]], day: int) -> int:
    """The place of the last of several that held on a day."""
    return [
        n
        for n, each in enumerate(listed)
        if each["since"] is None or date.fromisoformat(each["since"]).toordinal() <= day
    ][-1]


def _half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))
