"""A taxi meter: a machine that runs from tick to tick and says its bill.

Bills are exact, in parts of a minor unit. A meter that no time has passed under bills nothing.
"""

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from tests.billing.oracle_clock import Moment, Windows

SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class NoPrice(Exception):
    """The list refuses to price this."""


def seconds(text: str) -> int:
    """A length in seconds."""
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


class World:
    """What all meters of a stay see: the plan's windows, the stay's facts, its earlier visits, the length of a tick."""

    def __init__(
        self,
        plan: dict[str, Any],
        facts: dict[str, Any],
        tick: int,
        visits: list[list[Moment]],
        kinds: "Mapping[str, type[Taxi]]",
    ) -> None:
        self.windows, self._kinds = Windows(plan), kinds
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
        return self._kinds[node["kind"]](self, node)


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
