"""Trying a plan on both sides of every boundary that it has, before a customer does.

Entries are taken around every window's beginning and end in a plain week and on the first date of each calendar, and
around each edition's date; exits around every length that the plan names and every window's edge, each a second (or a
minute) before, at and after. A budget bounds the number; what a probe costs is known from the plan.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice, product
from typing import Any, Final

import msgspec

from .compiled import CompiledPlan, LongerThanLongestStay
from .document.meters import AnyMeter
from .document.plan import Choice, Flag, Number, PlanDocument
from .document.times import LONGEST, clock_seconds, length_seconds
from .document.walk import walk
from .local_clock import DAY, day_number, elapsed_clock
from .meters.base import RefusedByPlan, Unpriceable
from .meters.choices import FactUnknown
from .refusals import InvalidPlan
from .stay import Stay

MOST_PROBES: Final = 4_000
_MOST_FACTS: Final = 48
_FEWEST: Final = 24
_WITH_LONG_STAYS: Final = 6
_MONDAY: Final = day_number("2026-01-05")
_LENGTHS: Final = ("free", "per", "step", "lasts", "up_to", "than")


def probe(compiled: CompiledPlan) -> None:
    """Raises InvalidPlan where a probe has no price, or a longer stay is cheaper and the plan does not own up to it."""
    plan = compiled.document
    step = 60 if plan.precision == "minute" else 1
    lengths = sorted(_around(_lengths(plan), step))
    entries = sorted(_around(_entries(plan), step)) or [_MONDAY * DAY]
    budget = max(_FEWEST, min(MOST_PROBES, 1_500_000 // compiled.work))
    every = list(islice(_facts(plan), min(_MOST_FACTS, budget // _FEWEST)))
    budget //= len(every)
    for facts in every:
        share = max(2, budget // len(lengths))
        for place, entry in enumerate(_spread(entries, share)):
            # long stays are dear to price and alike, so a few entries will do for them
            longest = LONGEST if place < _WITH_LONG_STAYS else 2 * DAY
            near = {at for at in entries if entry < at <= entry + 2 * DAY}
            exits = sorted({entry + length for length in lengths if length <= longest} | near)
            _probe_entry(compiled, entry, _spread(exits, max(8, budget // share)), facts)


def _probe_entry(compiled: CompiledPlan, entry: int, exits: list[int], facts: dict[str, Any]) -> None:
    last: tuple[int, int] | None = None
    for exit_at in exits:
        stay = Stay(entry_at=_instant(entry), exit_at=_instant(exit_at), facts=facts)
        try:
            total = compiled.price(stay).total
        except (RefusedByPlan, LongerThanLongestStay, FactUnknown):
            continue
        except Unpriceable as error:
            raise InvalidPlan("editions", f"{_words(compiled, entry, exit_at)} has no price: {error}") from None
        if last and total < last[1] and not compiled.document.longer_may_cost_less:
            shorter, longer = _words(compiled, entry, last[0]), _words(compiled, entry, exit_at)
            money = compiled.money
            raise InvalidPlan(
                "longerMayCostLess",
                f"{shorter} costs {money(last[1])}, {longer} {money(total)}. If that is meant, set it to true.",
            )
        last = exit_at, total


def _lengths(plan: PlanDocument) -> set[int]:
    """Every length that the plan names, alone and added up along a list."""
    found = {60, 3_600, DAY, 7 * DAY}
    for _, meter in walk(plan):
        found |= _lengths_of(msgspec.structs.asdict(meter)) | _listed_lengths(meter)
        for period in (getattr(meter, "per", None), getattr(meter, "each", None)):
            if isinstance(of := getattr(period, "of", None), str):
                found |= {length_seconds(of), 2 * length_seconds(of)}
    if plan.longest_stay:
        found.add(length_seconds(plan.longest_stay))
    return {seconds for seconds in found if 0 < seconds <= LONGEST}


def _listed_lengths(meter: AnyMeter) -> set[int]:
    found = {length_seconds(slab.up_to) for slab in getattr(meter, "slabs", ())}
    found |= set(accumulate(_seconds(block.lasts) for block in getattr(meter, "blocks", ())))
    for offer in getattr(meter, "offers", ()):
        for condition in offer.when:
            found |= _lengths_of(msgspec.structs.asdict(condition))
    return found


def _lengths_of(fields: dict[str, Any]) -> set[int]:
    named = {_seconds(fields[name]) for name in _LENGTHS if isinstance(fields.get(name), str)}
    return named | {2 * seconds for seconds in named}


def _seconds(text: str) -> int:
    return 0 if text == "rest" or text.startswith("until") else length_seconds(text)


def _entries(plan: PlanDocument) -> set[int]:
    """The instants at which the clock or the calendar changes something."""
    clock = elapsed_clock(plan.zone)
    listed = {day_number(text) for calendar in plan.calendars for text in calendar.dates}
    first = _MONDAY
    while any(day in listed for day in range(first - 7, first + 9)) and first < _MONDAY + 7 * 520:
        first += 7
    days = {*range(first, first + 8), *[day_number(calendar.dates[0]) for calendar in plan.calendars]}
    clocks = {0} if plan.windows or len(plan.editions) > 1 else set()
    for window in plan.windows.values():
        clocks |= {clock_seconds(window.begins) % DAY, clock_seconds(window.ends) % DAY}
    found = {clock.instant(day, second) for day in days for second in clocks}
    return found | {clock.instant(day_number(each.since), 0) for each in plan.editions if each.since}


def _around(instants: set[int], step: int) -> set[int]:
    return {at + side for at in instants for side in (-step, 0, step) if at + side > 0}


def _spread(listed: list[int], most: int) -> list[int]:
    """At most so many, evenly from the whole list, neighbours kept together."""
    if len(listed) <= most:
        return listed
    groups = max(1, most // 3)
    starts = [place * (len(listed) - 3) // max(1, groups - 1) if groups > 1 else 0 for place in range(groups)]
    return sorted({listed[start + near] for start in starts for near in range(3) if start + near < len(listed)})


def _facts(plan: PlanDocument) -> Iterator[dict[str, bool | int | str]]:
    """Combinations of the facts' values, at the edges of their ranges."""
    values: list[list[bool | int | str]] = []
    for name, kind in plan.facts.items():
        if isinstance(kind, Flag):
            values.append([False, True])
        elif isinstance(kind, Choice):
            values.append(list(kind.words))
        else:
            values.append(list(_numbers(plan, name, kind)))
    for combination in product(*values):
        yield dict(zip(plan.facts, combination, strict=True))


def _numbers(plan: PlanDocument, name: str, kind: Number) -> list[int]:
    edges = {kind.smallest, kind.largest}
    for _, meter in walk(plan):
        if getattr(meter, "fact", None) == name:
            for each in getattr(meter, "ranges", ()):
                edges |= {each.first, each.last}
    return sorted(edges)


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _words(compiled: CompiledPlan, entry: int, exit_at: int) -> str:
    reading = elapsed_clock(compiled.document.zone).reading
    ends = reading(exit_at)
    days = timedelta(seconds=exit_at - entry).days
    return f"{reading(entry):%a %H:%M:%S} to {ends:%a %H:%M:%S}{f' ({days} d later)' if days else ''}"
