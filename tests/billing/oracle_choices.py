"""Taxi meters that choose another one: by the clock, by competing offers, by what is known of the stay."""

from typing import Any

from tests.billing.oracle_clock import Moment
from tests.billing.oracle_taxi import Around, Taxi, seconds


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


class During(Around):
    def turn(self, now: Moment, then: Moment) -> None:
        if self.world.windows.begun(self.node["window"], now) is not None:
            self.inner.run(now, then)

    def bill(self, end: Moment) -> int:
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
