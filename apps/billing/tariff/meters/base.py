"""What every compiled meter can do. Spans are whole seconds on the plan's time line; amounts are scaled.

An amount of 1 is 1/`scale` of a minor unit, with one scale for a whole plan, so that a third of a cent is a whole
number and nothing is rounded before the plan's own rounding.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec


class Unpriceable(ValueError):
    """The plan has no price for this stay; `code` says why in a word."""

    code = "not_priced"


class RefusedByPlan(Unpriceable):
    """The price list says that there is no price for such a stay."""

    code = "refused_by_plan"


class Charge(NamedTuple):
    """A line before rounding; `unit_amount` and `amount` are scaled."""

    code: str
    words: str
    quantity: int
    unit_amount: int
    amount: int


FREE = "free"
NOT_APPLIED = "not_applied"


class Facts(msgspec.Struct, frozen=True):
    """What a stay is besides its span: its facts, and the spans of earlier visits of the vehicle."""

    known: Mapping[str, bool | int | str]
    visits: tuple[tuple[int, int], ...] = ()


class CompiledMeter:
    """Prices a span [start, end) of a stay.

    `timeless`: the price depends on the span's length alone. `work`: how many elementary meters one look takes at most,
    in a span of the plan's longest stay.
    """

    timeless = True
    work = 1

    def amount(self, facts: Facts, start: int, end: int) -> int:
        """The scaled price. Raises Unpriceable."""
        raise NotImplementedError

    def amounts(self, facts: Facts, start: int, ends: Sequence[int]) -> list[int]:
        """The scaled prices of the spans from `start` to each of `ends`, which rise. Raises Unpriceable."""
        return [self.amount(facts, start, end) for end in ends]

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        """The price as lines, whose amounts sum up to `amount`. Raises Unpriceable."""
        raise NotImplementedError

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        """Until when the unit that is running at `end` lasts; asked only of meters that may stand in carried bands."""
        return end
