"""A tenant's history: who comes, finds a place or drives on, overstays, leaves. Pure, the same for the same seed."""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from .moves import CAMERA, OPERATOR, Arrival, Departure, Move, OverstayTick, SimulatedStay
from .people import REGIONS
from .rhythm import arrival_times, stay_times
from .site_plans import DemoTenant, SitePlan, VisitKind
from .visitors import Visitors

TICK_SECONDS = 5
"""How often the platform looks for overstays."""
CASH = "cash"


def simulate(tenant: DemoTenant, *, start: datetime, end: datetime, seed: int) -> Iterator[Move]:
    """All moves at the tenant's sites in [start, end), in their order, beginning with empty sites.

    With the same seed and start, an earlier end gives the same moves up to it. A plate is never parked twice at a time,
    no site holds more than its places, nobody comes to a closed one.
    """
    yard = _Yard(tenant, end, Random(f"{seed}:{tenant.slug}"))
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

    def __init__(self, tenant: DemoTenant, end: datetime, chance: Random) -> None:
        self._visitors = Visitors(REGIONS[tenant.region], chance)
        self._end = end
        self._chance = chance
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
        kind = self._chance.choices(site.visits, [visit.share for visit in site.visits])[0]
        counts = self._counts[site.name]
        limit = site.capacities.get(kind.vehicle_type, site.capacity)
        if counts.total() >= site.capacity or counts[kind.vehicle_type] >= limit:
            return None
        stay, exit_at = self._begin(kind, site, at)
        counts[stay.vehicle_type] += 1
        self._parked.add(stay.plate)
        marked_at = _tick_at(stay.allowed_until)
        if marked_at < exit_at:
            heapq.heappush(self._coming, (marked_at, 0, stay.number, stay))
        heapq.heappush(self._coming, (exit_at, 1, stay.number, stay))
        return Arrival(at, stay)

    def _begin(self, kind: VisitKind, site: SitePlan, at: datetime) -> tuple[SimulatedStay, datetime]:
        chance = self._chance
        vehicle = self._visitors.choose(kind.vehicle_type, returning=kind.returning, parked=self._parked)
        exit_at, expected = stay_times(kind, site, entry_at=at, chance=chance)
        paid = chance.random() < kind.paying
        attended = chance.random() < site.attended
        self._number += 1
        stay = SimulatedStay(
            number=self._number,
            site=site.name,
            plate=vehicle.plate,
            vehicle_type=kind.vehicle_type,
            driver=vehicle.driver,
            phone=vehicle.phone,
            haulier=vehicle.haulier,
            recorded_by=OPERATOR if attended else CAMERA,
            entry_gate=chance.choice(site.gates_for("entry")),
            entry_at=at,
            expected_exit_at=expected,
            allowed_until=expected or at + timedelta(minutes=site.allowed_stay_minutes),
            exit_at=exit_at if exit_at < self._end else None,
            exit_gate=chance.choice(site.gates_for("exit")),
            exit_recorded_by=OPERATOR if paid else CAMERA,
            paid_by=CASH if paid else None,
        )
        return stay, exit_at


def _tick_at(due: datetime) -> datetime:
    """The first tick that finds it due."""
    return datetime.fromtimestamp(math.ceil(due.timestamp() / TICK_SECONDS) * TICK_SECONDS, UTC)
