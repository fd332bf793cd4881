"""A fee as a curve over the length of a stay, with the second at which each step comes."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from .rerating import Rerated

GRID_SECONDS: Final = 300
MOST_PRICES: Final = 8_000

PriceAfter = Callable[[int], Rerated]


class Vertex(NamedTuple):
    """The fee of a stay of so many seconds."""

    seconds: int
    priced: Rerated


class Curve(msgspec.Struct, frozen=True):
    """Between two vertices of one price the fee stays; between two of different prices, a second apart, it steps.

    Where they lie further apart the fee climbs between them in more steps than were looked at, and `exact` is False.
    """

    vertices: tuple[Vertex, ...]
    exact: bool


def trace(price_after: PriceAfter, until: int, *, grid: int = GRID_SECONDS, most_prices: int = MOST_PRICES) -> Curve:
    """The fee from 0 to `until` seconds, looked at every `grid` seconds, and between two that differ by halves.

    A price that rises and falls back within one grid step is not seen.
    """
    marks = [*range(0, until, grid), until]
    known = {at: price_after(at) for at in marks}
    differing = _differing(list(pairwise(marks)), known)
    while differing and len(known) + len(differing) <= most_prices:
        halves = []
        for begin, end in differing:
            middle = (begin + end) // 2
            known[middle] = price_after(middle)
            halves += [(begin, middle), (middle, end)]
        differing = _differing(halves, known)
    return Curve(_corners([Vertex(at, known[at]) for at in sorted(known)]), not differing)


def _differing(spans: list[tuple[int, int]], known: dict[int, Rerated]) -> list[tuple[int, int]]:
    return [(begin, end) for begin, end in spans if end - begin > 1 and known[begin] != known[end]]


def _corners(vertices: list[Vertex]) -> tuple[Vertex, ...]:
    """Without those that lie on the line between their neighbours."""
    kept: list[Vertex] = []
    for vertex in vertices:
        while len(kept) > 1 and _straight(kept[-2], kept[-1], vertex):
            kept.pop()
        kept.append(vertex)
    return tuple(kept)


def _straight(first: Vertex, middle: Vertex, last: Vertex) -> bool:
    if first.priced == middle.priced == last.priced:
        return True
    begin, between, end = first.priced.total, middle.priced.total, last.priced.total
    if begin is None or between is None or end is None:
        return False
    rises = (between - begin) * (last.seconds - first.seconds) == (end - begin) * (middle.seconds - first.seconds)
    return rises and middle.seconds - first.seconds > 1 and last.seconds - middle.seconds > 1
