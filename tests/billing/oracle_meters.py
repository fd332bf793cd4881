"""Taxi meters: each kind of meter of docs/tariffs.md as a machine that runs from tick to tick and says its bill.

Written from the words, and sharing nothing with the engine: where the engine divides and subtracts, these count.
Bills are exact, in parts of a minor unit. A meter that no time has passed under bills nothing.
"""

import itertools
import json
import re
from collections import defaultdict
from fractions import Fraction
from math import lcm
from typing import Any

from tests.billing.oracle import LENGTHS, running_bills
from tests.billing.oracle_clock import Moment, Windows, day_begun, passes

SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class NoPrice(Exception):
    """The list refuses to price this."""


def seconds(text: str) -> int:
    """A length in seconds."""
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


class World:
    """What all meters of a stay see: the plan's windows, the stay's facts, its earlier visits, the length of a tick."""

    def __init__(self, plan: dict[str, Any], facts: dict[str, Any], tick: int, visits: list[list[Moment]]) -> None:
        self.windows = Windows(plan)
        self.prices: dict[Any, int] = {}
        self.facts, self.tick, self.visits = facts, tick, visits
        self.minor = 10 ** {"JPY": 0, "KRW": 0, "KWD": 3}.get(plan["currency"], 2)
        lengths = re.findall(r'"per": "(\w+)"', json.dumps(plan, default=str))
        self.whole = lcm(*[seconds(length) for length in lengths])

    def money(self, price: Any) -> int:
        """A price in parts of a minor unit, of which `whole` make one: so fine that every unit's price is whole."""
        known = self.prices.get(price)
        if known is None:
            known = self.prices[price] = int(Fraction(str(price)) * self.minor * self.whole)
        return known

    def meter(self, node: dict[str, Any]) -> "Taxi":
        """A new meter at zero."""
        return METERS[node["kind"]](self, node)


class Taxi:
    """A meter: `run` lets one tick pass, from one moment to the next."""

    def __init__(self, world: World, node: dict[str, Any]) -> None:
        self.world, self.node, self.ran = world, node, 0
        self.started: Moment | None = None
        self.set_up()

    def set_up(self) -> None:
        """More than a plain meter needs."""

    def run(self, now: Moment, then: Moment) -> None:
        """One tick passes."""
        self.started = self.started or now
        self.turn(now, then)
        self.ran += self.world.tick

    def turn(self, now: Moment, then: Moment) -> None:
        """What the meter does in it; `ran` has not counted it yet."""

    def bill(self, end: Moment) -> int:
        """What is due if the stay ends at this moment."""
        return 0

    @property
    def busy(self) -> bool:
        """Whether a unit has begun that is not over."""
        return False


class Around(Taxi):
    """A meter around another one."""

    def set_up(self) -> None:
        self.inner = self.world.meter(self.node["of"])

    def turn(self, now: Moment, then: Moment) -> None:
        self.inner.run(now, then)

    @property
    def busy(self) -> bool:
        return self.inner.busy


class Free(Taxi):
    pass


class Flat(Taxi):
    def bill(self, end: Moment) -> int:
        return self.world.money(self.node["price"]) if self.ran else 0


class Refuse(Taxi):
    def bill(self, end: Moment) -> int:
        if self.ran:
            raise NoPrice(self.node["because"])
        return 0


class Units(Taxi):
    def set_up(self) -> None:
        self.step, self.begun, self.over, self.inside = seconds(self.node["step"]), 0, 0, 0
        self.each = self.world.money(self.node["price"]) * self.step // seconds(self.node["per"])

    def turn(self, now: Moment, then: Moment) -> None:
        if not self.inside:
            self.begun += 1
        self.inside += self.world.tick
        if self.inside >= self.step:
            self.inside = 0
            self.over += 1

    def bill(self, end: Moment) -> int:
        return self.each * (self.begun if self.node["count"] == "started" else self.over)

    @property
    def busy(self) -> bool:
        return self.inside > 0


class Blocks(Taxi):
    def set_up(self) -> None:
        self.place, self.closed, self.in_block = 0, 0, 0
        self.open: Taxi = self.world.meter(self.node["blocks"][0]["of"])
        self.last: Moment | None = None

    def turn(self, now: Moment, then: Moment) -> None:
        if self._over(now):
            self.closed += self.open.bill(now)
            self.place += 1
            self.open, self.in_block = self.world.meter(self.node["blocks"][self.place]["of"]), 0
            self.last = now
            return self.turn(now, then) if self._over(now) else self._go(now, then)
        return self._go(now, then)

    def _go(self, now: Moment, then: Moment) -> None:
        self.open.run(now, then)
        self.in_block += self.world.tick
        self.last = now if self.in_block == self.world.tick else self.last

    def _over(self, now: Moment) -> bool:
        lasts = self.node["blocks"][self.place]["lasts"]
        if lasts == "rest" or not self.in_block:
            return False
        if lasts.startswith("until "):
            assert self.last is not None
            return passes(self.last, now, lasts[6:])
        return self.in_block >= seconds(lasts)

    def bill(self, end: Moment) -> int:
        return self.closed + self.open.bill(end)

    @property
    def busy(self) -> bool:
        lasts = self.node["blocks"][self.place]["lasts"]
        full = lasts != "rest" and not lasts.startswith("until ") and self.in_block >= seconds(lasts)
        return self.open.busy and not full


class Slabs(Taxi):
    def set_up(self) -> None:
        self.beyond = self.world.meter(self.node["beyond"])
        self.last = seconds(self.node["slabs"][-1]["upTo"])

    def turn(self, now: Moment, then: Moment) -> None:
        if self.node["pastTheLast"] == "anew" or self.ran >= self.last:
            self.beyond.run(now, then)

    def bill(self, end: Moment) -> int:
        if not self.ran:
            return 0
        for slab in self.node["slabs"]:
            limit = seconds(slab["upTo"])
            if self.ran < limit or (self.ran == limit and self.node["boundary"] == "included"):
                return self.world.money(slab["price"])
        top = self.world.money(self.node["slabs"][-1]["price"]) if self.node["pastTheLast"] == "left" else 0
        return top + self.beyond.bill(end)


class Bands(Taxi):
    def set_up(self) -> None:
        self.closed, self.open = 0, None
        self.on_the_clock: object = None
        self.open_for: object = None
        self.runs = 0

    def _band(self, now: Moment) -> tuple[object, dict[str, Any]]:
        for band in self.node["bands"]:
            begun = self.world.windows.begun(band["window"], now)
            if begun is not None:
                return (band["window"], begun), band["of"]
        return "elsewhere", self.node["elsewhere"]

    def turn(self, now: Moment, then: Moment) -> None:
        band, of = self._band(now)
        if band != self.on_the_clock:
            self.on_the_clock, self.runs = band, self.runs + 1
        carried = self.node["boundary"] == "carry" and self.open is not None and self.open.busy
        if self.open is None or (self.open_for != self.runs and not carried):
            self.closed += self.open.bill(now) if self.open else 0
            self.open, self.open_for = self.world.meter(of), self.runs
        self.open.run(now, then)

    def bill(self, end: Moment) -> int:
        return self.closed + (self.open.bill(end) if self.open else 0)


class Repeat(Around):
    def set_up(self) -> None:
        super().set_up()
        self.closed, self.in_period = 0, 0
        self.last: Moment | None = None

    def turn(self, now: Moment, then: Moment) -> None:
        each = self.node["each"]
        over = self.in_period == seconds(each["of"]) if each["kind"] == "length" else (
            self.last is not None and passes(self.last, now, each["at"])
        )  # fmt: skip
        if over:
            self.closed += self.inner.bill(now)
            self.inner, self.in_period = self.world.meter(self.node["of"]), 0
        self.last = now
        self.inner.run(now, then)
        self.in_period += self.world.tick

    def bill(self, end: Moment) -> int:
        return self.closed + self.inner.bill(end)

    @property
    def busy(self) -> bool:
        return self.inner.busy and self.in_period < seconds(self.node["each"]["of"])


class Cap(Around):
    def set_up(self) -> None:
        super().set_up()
        self.at, self.kind = self.world.money(self.node["at"]), self.node["per"]["kind"]
        self.accounts: dict[object, int] = defaultdict(int)
        self.seen = 0
        self.used: dict[object, int] | None = None

    def _period(self, now: Moment) -> object:
        per = self.node["per"]
        if self.kind == "length":
            return self.ran // seconds(per["of"])
        if self.kind == "day":
            return day_begun(now, per["at"])
        return self.world.windows.begun(per["window"], now)

    def turn(self, now: Moment, then: Moment) -> None:
        self.inner.run(now, then)
        if self.kind != "span":
            bill = self.inner.bill(then)
            self.accounts[self._period(now)] += bill - self.seen
            self.seen = bill

    def bill(self, end: Moment) -> int:
        if self.kind == "span":
            return min(self.at, self.inner.bill(end))
        if self.used is None:
            self.used = self._used_before() if self.node["visits"] == "together" else {}
        used = self.used
        return sum(
            (
                amount if period is None else min(amount, max(0, self.at - used.get(period, 0)))
                for period, amount in self.accounts.items()
            ),
            0,
        )

    def _used_before(self) -> dict[object, int]:
        used: dict[object, int] = defaultdict(int)
        for visit in self.world.visits:
            alone = Cap(self.world, self.node)
            for now, then in itertools.pairwise(visit):
                alone.run(now, then)
            for period, amount in alone.accounts.items():
                used[period] += amount
        return used


class AtLeast(Around):
    def bill(self, end: Moment) -> int:
        return max(self.world.money(self.node["price"]), self.inner.bill(end)) if self.ran else 0


class Grace(Around):
    def set_up(self) -> None:
        super().set_up()
        self.free = seconds(self.node["free"])

    def turn(self, now: Moment, then: Moment) -> None:
        if self.node["longerPays"] == "all" or self.ran >= self.free:
            self.inner.run(now, then)

    def bill(self, end: Moment) -> int:
        if self.ran < self.free or (self.ran == self.free and self.node["boundary"] == "free"):
            return 0
        return self.inner.bill(end)


class Choose(Taxi):
    def set_up(self) -> None:
        self.offers = [(offer, self.world.meter(offer["of"])) for offer in self.node["offers"]]

    def turn(self, now: Moment, then: Moment) -> None:
        for _, meter in self.offers:
            meter.run(now, then)

    def bill(self, end: Moment) -> int:
        if not self.ran:
            return 0
        bills = [meter.bill(end) for offer, meter in self.offers if self._applies(offer["when"], end)]
        return {"first": lambda: bills[0], "cheapest": lambda: min(bills), "dearest": lambda: max(bills)}[
            self.node["pick"]
        ]()

    def _applies(self, when: list[dict[str, Any]], end: Moment) -> bool:
        assert self.started is not None
        day, windows = self.started.day, self.world.windows
        by_kind = {condition["is"]: condition for condition in when}
        if entered := by_kind.get("entered"):
            begun = windows.begun(entered["window"], self.started, end_counts=entered["end"] == "included")
            if begun is None:
                return False
            day = begun
        left = by_kind.get("left")
        if left and not windows.holds(
            left["window"], day + left["daysLater"], end, end_counts=left["end"] == "included"
        ):
            return False
        if "longer" in by_kind and self.ran <= seconds(by_kind["longer"]["than"]):
            return False
        return not ("notLonger" in by_kind and self.ran > seconds(by_kind["notLonger"]["than"]))


class ByFact(Taxi):
    def set_up(self) -> None:
        self.inner = self.world.meter(self._found())

    def _found(self) -> dict[str, Any]:
        value = self.world.facts[self.node["fact"]]
        if self.node["kind"] == "byFlag":
            return self.node["yes" if value else "no"]
        if self.node["kind"] == "byChoice":
            return next(case["of"] for case in self.node["cases"] if value in case["values"])
        return next(each["of"] for each in self.node["ranges"] if each["first"] <= value <= each["last"])

    def turn(self, now: Moment, then: Moment) -> None:
        self.inner.run(now, then)

    def bill(self, end: Moment) -> int:
        return self.inner.bill(end)

    @property
    def busy(self) -> bool:
        return self.inner.busy


class Visits(Taxi):
    def set_up(self) -> None:
        self.days: dict[object, int] = defaultdict(int)
        self.before: dict[object, int] = defaultdict(int)
        self.inner, self.bills = self.world.meter(self.node["of"]), [0]
        for visit in self.world.visits:
            for now in visit[:-1]:
                self.before[day_begun(now, self.node["dayBegins"])] += 1

    def turn(self, now: Moment, then: Moment) -> None:
        self.days[day_begun(now, self.node["dayBegins"])] += 1

    def bill(self, end: Moment) -> int:
        def after(ticks: int) -> int:
            while len(self.bills) <= ticks:
                self.inner.run(end, end)
                self.bills.append(self.inner.bill(end))
            return self.bills[ticks]

        return sum(after(self.before[day] + more) - after(self.before[day]) for day, more in self.days.items())


class During(Around):
    def turn(self, now: Moment, then: Moment) -> None:
        if self.world.windows.begun(self.node["window"], now) is not None:
            self.inner.run(now, then)

    def bill(self, end: Moment) -> int:
        return self.inner.bill(end)


class Sum(Taxi):
    def set_up(self) -> None:
        self.all = [self.world.meter(of) for of in self.node["of"]]

    def turn(self, now: Moment, then: Moment) -> None:
        for meter in self.all:
            meter.run(now, then)

    def bill(self, end: Moment) -> int:
        return sum((meter.bill(end) for meter in self.all), 0)


class Ladder(Taxi):
    def set_up(self) -> None:
        prices = {name: None if self.node[name] is None else self.world.money(self.node[name]) for name in LENGTHS}
        self.prices = tuple(prices.items())
        self.smallest = 60 * min(LENGTHS[name] for name, price in prices.items() if price is not None)

    def bill(self, end: Moment) -> int:
        return _ladder_bills(self.prices, -(-self.ran // 60))

    @property
    def busy(self) -> bool:
        return self.ran % self.smallest != 0


_BILLS: dict[tuple[tuple[str, int | None], ...], list[int]] = {}


def _ladder_bills(prices: tuple[tuple[str, int | None], ...], minutes: int) -> int:
    known = _BILLS.get(prices, [])
    if len(known) <= minutes:
        known = _BILLS[prices] = running_bills(dict(prices), max(2 * minutes, 3_000))
    return known[minutes]


METERS: dict[str, type[Taxi]] = {
    "free": Free, "flat": Flat, "units": Units, "blocks": Blocks, "slabs": Slabs, "bands": Bands, "repeat": Repeat,
    "cap": Cap, "atLeast": AtLeast, "grace": Grace, "choose": Choose, "byFlag": ByFact, "byChoice": ByFact,
    "byNumber": ByFact, "refuse": Refuse, "visits": Visits, "during": During, "sum": Sum, "ladder": Ladder,
}  # fmt: skip
