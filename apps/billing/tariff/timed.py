"""A stay as its plan's meters see it: on their time line, with the facts that the plan asks for."""

from collections.abc import Callable
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from .meters.base import Facts
from .stay import Stay


class TimedStay(NamedTuple):
    """From `start` to `end` in seconds on the plan's time line, on which `place` puts other instants of the stay.

    `paid` are the payments before the exit, in order.
    """

    stay: Stay
    place: Callable[[datetime], int]
    start: int
    end: int
    facts: Facts
    paid: tuple[int, ...]


def payments_in_order(start: int, end: int, paid: list[int]) -> tuple[int, ...]:
    """Payments on a wall clock that was put back between them: no time is counted twice, none past the exit."""
    return tuple([min(at, end) for at in list(accumulate(paid, max, initial=start))[1:]])
