"""Taxi meters that cut a span into parts, one after another."""

from tests.billing.oracle_clock import Moment, passes
from tests.billing.oracle_taxi import Around, Taxi, seconds


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


class Sum(Taxi):
    def set_up(self) -> None:
        self.all = [self.world.meter(of) for of in self.node["of"]]

    def turn(self, now: Moment, then: Moment) -> None:
        for meter in self.all:
            meter.run(now, then)

    def bill(self, end: Moment) -> int:
        return sum((meter.bill(end) for meter in self.all), 0)
