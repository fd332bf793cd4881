"""The simulated history is possible, the same for the same seed, and looks like a yard's."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from apps.parking.opening_hours import is_open
from apps.parking.plates import plate_key
from apps.parking.simulation.demo_sites import DEMO_TENANTS, GARAGE, TRUCK_PARK, TRUCK_TERMINAL
from apps.parking.simulation.moves import Arrival, Departure, Move, OverstayTick
from apps.parking.simulation.simulate import TICK_SECONDS, simulate
from apps.parking.simulation.site_plans import DemoTenant
from apps.parking.simulation.typical import hour_of_week, typical_week

START = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
END = START + timedelta(days=28)
each_tenant = pytest.mark.parametrize("tenant", DEMO_TENANTS, ids=lambda tenant: tenant.slug)


def history(tenant: DemoTenant, *, end: datetime = END, seed: int = 1) -> list[Move]:
    return list(simulate(tenant, start=START, end=end, seed=seed))


@each_tenant
def test_it_could_have_happened(tenant: DemoTenant) -> None:
    sites = {site.name: site for site in tenant.sites}
    inside: dict[str, int] = {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in sites}
    moves = history(tenant)

    for move in moves:
        assert START <= move.at < END
        assert move.at.microsecond == 0
        if isinstance(move, OverstayTick):
            continue
        stay, site = move.stay, sites[move.stay.site]
        here = counts[site.name]
        if isinstance(move, Arrival):
            assert plate_key(stay.plate) not in inside
            assert is_open(site.opening_hours, timezone=site.timezone, at=move.at)
            assert site.gates[stay.entry_gate] in ("entry", "both")
            assert stay.allowed_until > stay.entry_at == move.at
            inside[plate_key(stay.plate)] = stay.number
            here[stay.vehicle_type] += 1
            assert here.total() <= site.capacity
            assert here[stay.vehicle_type] <= site.capacities.get(stay.vehicle_type, site.capacity)
        else:
            assert inside.pop(plate_key(stay.plate)) == stay.number
            assert is_open(site.opening_hours, timezone=site.timezone, at=move.at)
            assert site.gates[stay.exit_gate] in ("exit", "both")
            assert stay.exit_at == move.at > stay.entry_at
            here[stay.vehicle_type] -= 1
    assert all(earlier.at <= later.at for earlier, later in pairwise(moves))
    assert set(inside.values()) == {
        move.stay.number for move in moves if isinstance(move, Arrival) and move.stay.exit_at is None
    }


@each_tenant
def test_every_overstay_is_found_by_the_next_tick_and_no_other(tenant: DemoTenant) -> None:
    moves = history(tenant)
    found = {stay.number: tick.at for tick in moves if isinstance(tick, OverstayTick) for stay in tick.stays}
    for move in moves:
        if isinstance(move, Arrival):
            stay = move.stay
            left, marked = stay.exit_at or END, found.get(stay.number)
            if marked is None:
                assert left <= stay.allowed_until + timedelta(seconds=TICK_SECONDS)
            else:
                assert stay.allowed_until <= marked < min(left, stay.allowed_until + timedelta(seconds=TICK_SECONDS))
                assert marked.timestamp() % TICK_SECONDS == 0


@each_tenant
def test_the_seed_says_it_all(tenant: DemoTenant) -> None:
    whole = history(tenant)
    assert whole == history(tenant)
    assert whole != history(tenant, seed=2)


@each_tenant
def test_an_earlier_end_changes_nothing_before_it(tenant: DemoTenant) -> None:
    earlier = END - timedelta(days=9, hours=5)
    shorter = [(type(move), move.at) for move in history(tenant, end=earlier)]
    assert shorter == [(type(move), move.at) for move in history(tenant) if move.at < earlier]


def test_it_looks_like_a_yard() -> None:
    acme, globex = (history(tenant) for tenant in DEMO_TENANTS)
    arrivals = [move.stay for move in acme if isinstance(move, Arrival)]
    plates = Counter(stay.plate for stay in arrivals)
    sundays = sum(stay.entry_at.weekday() == 6 for stay in arrivals if stay.site == TRUCK_TERMINAL.name)
    fridays = sum(stay.entry_at.weekday() == 4 for stay in arrivals if stay.site == TRUCK_TERMINAL.name)
    paid = sum(stay.paid_by is not None for stay in arrivals) / len(arrivals)

    assert 6_000 < len(arrivals) < 9_000
    assert max(plates.values()) > 10  # regulars
    assert 0.2 < sum(times == 1 for times in plates.values()) / len(arrivals) < 0.6  # and strangers
    assert sundays < 0.7 * fridays
    assert 0.5 < paid < 0.9
    assert {stay.vehicle_type for stay in arrivals} == {"truck", "trailer", "van", "car", "motorcycle"}
    assert len({stay.haulier for stay in arrivals}) > 10
    commuters = Counter(
        move.stay.entry_at.hour for move in globex if isinstance(move, Arrival) and move.stay.site == GARAGE.name
    )
    assert commuters.most_common(1)[0][0] in (6, 7)  # UTC: the morning in Antwerp
    assert any(isinstance(move, OverstayTick) for move in globex)
    assert any(isinstance(move, Departure) for move in globex)


def test_the_typical_week_is_what_the_simulation_comes_to() -> None:
    """The expected occupancy by hour, against eight simulated weeks of a site that is seldom full and never closed."""
    tenant = DEMO_TENANTS[1]
    weeks, occupied = 9, 0
    totals = [0] * 168
    moves = iter(list(simulate(tenant, start=START, end=START + timedelta(weeks=weeks), seed=3)))
    move = next(moves, None)
    for hour in range(weeks * 168):
        at = START + timedelta(hours=hour)
        while move is not None and move.at <= at:
            if not isinstance(move, OverstayTick) and move.stay.site == TRUCK_PARK.name:
                occupied += 1 if isinstance(move, Arrival) else -1
            move = next(moves, None)
        if hour >= 168:
            totals[hour_of_week(at, timezone=TRUCK_PARK.timezone)] += occupied
    typical = typical_week(TRUCK_PARK)
    difference = sum(abs(total / (weeks - 1) - expected) for total, expected in zip(totals, typical, strict=True))
    assert difference < 0.12 * sum(typical)
