"""Taxi meters that bound another one's bill, and that add up a vehicle's visits."""

import itertools
from collections import defaultdict

from tests.billing.oracle_clock import Moment, day_begun
from tests.billing.oracle_taxi import Around, Taxi, seconds


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
