"""Taxi meters that price a span by themselves."""

from tests.billing.oracle import LENGTHS, running_bills
from tests.billing.oracle_clock import Moment
from tests.billing.oracle_taxi import NoPrice, Taxi, seconds


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
