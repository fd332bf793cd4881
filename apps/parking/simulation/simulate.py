"""A tenant's history: who comes, finds a place or drives on, overstays, leaves. Pure, the same for the same seed."""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random

import msgspec

from .moves import Arrival, Departure, Move, OverstayTick, SimulatedStay
from .planned_stays import choose_kind, plan_stay, visitors_of
from .rhythm import arrival_times
from .site_plans import DemoTenant, SitePlan

TICK_SECONDS = 5
"""How often the platform looks for overstays."""


def simulate(tenant: DemoTenant, *, start: datetime, end: datetime, seed: int) -> Iterator[Move]:
    """All moves at the tenant's sites in [start, end), in their order, beginning with empty sites.

    With the same seed and start, an earlier end gives the same moves up to it. A plate is never parked twice at a time,
    no site holds more than its places, nobody comes to a closed one.
    """
    yard = _Yard(tenant, end, seed)
    for at, site in _all_arrivals(tenant.sites, start, end, f"{seed}:{tenant.slug}"):
        yield from yard.until(at)
        arrival = yard.arrive(site, at)
        if arrival is not None:
            yield arrival
    yield from yard.until(end)


def _all_arrivals(
    sites: Sequence[SitePlan], start: datetime, end: datetime, seed: str
) -> Iterator[tuple[datetime, SitePlan]]:
    def of(site: SitePlan) -> Iterator[tuple[datetime, SitePlan]]:
        chance = Random(f"{seed}:{site.name}")
        return ((at, site) for at in arrival_times(site, start=start, end=end, chance=chance))

    return heapq.merge(*map(of, sites), key=lambda pair: pair[0])


class _Yard:
    """All sites of the tenant at one moment, and what is still to come of the vehicles that stand there."""

    def __init__(self, tenant: DemoTenant, end: datetime, seed: int) -> None:
        self._visitors = visitors_of(tenant, seed=seed)
        self._end = end
        self._chance = Random(f"{seed}:{tenant.slug}:yard")
        self._parked: set[str] = set()
        self._counts: dict[str, Counter[str]] = {site.name: Counter() for site in tenant.sites}
        # (instant, 0 for a tick and 1 for an exit, the stay's number, the stay)
        self._coming: list[tuple[datetime, int, int, SimulatedStay]] = []
        self._number = 0

    def until(self, at: datetime) -> Iterator[Move]:
        """What happens before an instant."""
        coming = self._coming
        while coming and coming[0][0] < at:
            when, is_exit, _, stay = heapq.heappop(coming)
            if is_exit:
                self._parked.remove(stay.plate)
                self._counts[stay.site][stay.vehicle_type] -= 1
                yield Departure(when, stay)
            else:
                due = [stay]
                while coming and coming[0][:2] == (when, 0):
                    due.append(heapq.heappop(coming)[3])
                yield OverstayTick(when, tuple(due))

    def arrive(self, site: SitePlan, at: datetime) -> Arrival | None:
        """Somebody comes; None where there is no place for such a vehicle."""
        kind = choose_kind(site, self._chance)
        counts = self._counts[site.name]
        limit = site.capacities.get(kind.vehicle_type, site.capacity)
        if counts.total() >= site.capacity or counts[kind.vehicle_type] >= limit:
            return None
        self._number += 1
        stay, exit_at = plan_stay(
            kind, site, number=self._number, at=at, visitors=self._visitors, parked=self._parked, chance=self._chance
        )
        if exit_at >= self._end:
            stay = msgspec.structs.replace(stay, exit_at=None)
        counts[stay.vehicle_type] += 1
        self._parked.add(stay.plate)
        marked_at = _tick_at(stay.allowed_until)
        if marked_at < exit_at:
            heapq.heappush(self._coming, (marked_at, 0, stay.number, stay))
        heapq.heappush(self._coming, (exit_at, 1, stay.number, stay))
        return Arrival(at, stay)


def _tick_at(due: datetime) -> datetime:
    """The first tick that finds it due."""
    return datetime.fromtimestamp(math.ceil(due.timestamp() / TICK_SECONDS) * TICK_SECONDS, UTC)
