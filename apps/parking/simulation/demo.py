"""A demo tenant's sites, prices and history, made together or not at all."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from apps.billing.public import DemoSite, create_rates, keep_demo_books
from apps.core import tenancy
from apps.core.actor import SYSTEM, Actor, ActorKind
from apps.core.errors import Conflict
from apps.parking.commands import LocationDetails, add_gate, create_location
from apps.parking.models import Location, ParkingEntry

from .demo_rates import PRICE_LISTS, rates_of
from .history import write_history
from .history_rows import Place
from .moves import CAMERA, OPERATOR, Arrival, Move
from .simulate import simulate
from .site_plans import DemoTenant, SitePlan

CAMERA_ACTOR = Actor(kind=ActorKind.SYSTEM, name="gate camera")
RATES_OVERLAP = "rates_overlap"
MOST_CARS = 20


class AlreadySeeded(Conflict):
    code, title = "already_seeded", "This tenant has locations already"


class Seeded(msgspec.Struct, frozen=True, kw_only=True):
    """What was made."""

    locations: int
    stays: int
    parked: int


def is_seeded() -> bool:
    """Whether the current tenant has locations, the demo's or anybody's: then nothing is added to it."""
    return Location.objects.exists()


def begin_of_history(*, days: int, at: datetime) -> datetime:
    """The midnight, in the current tenant's time zone, that lies so many days before today's."""
    zone = ZoneInfo(tenancy.current().timezone)
    return datetime.combine(at.astimezone(zone).date() - timedelta(days=days), time(), zone)


def seed_tenant(
    plan: DemoTenant,
    *,
    start: datetime,
    at: datetime,
    seed: int,
    staff: Mapping[str, Actor],
    show: Callable[[list[Move]], Callable[[int], object]] = lambda moves: lambda done: None,
) -> Seeded:
    """Give the current tenant its sites and what happened there from `start` until `at`.

    `staff` are its members by role. `show(moves)` is told of the moves and gives what is then told of progress.

    Raises AlreadySeeded. Runs with the role that owns the tables.
    """
    if is_seeded():
        raise AlreadySeeded(f"{tenancy.current().name} has locations already; its history stays as it is.")
    moves = list(simulate(plan, start=start, end=at, seed=seed))
    owner = staff.get("owner", SYSTEM)
    with transaction.atomic():
        places = {site.name: open_site(site, at=start, actor=owner) for site in plan.sites}
        make_rates(plan, places, at=start, actor=owner)
        recorders = {OPERATOR: staff.get("operator", owner), CAMERA: CAMERA_ACTOR}
        write_history(moves, places=places, staff=recorders, progress=show(moves))
        parked = ParkingEntry.objects.filter(exit_time=None).count()
    return Seeded(locations=len(places), stays=sum(isinstance(move, Arrival) for move in moves), parked=parked)


def open_site(site: SitePlan, *, at: datetime, actor: Actor) -> Place:
    names = LocationDetails.__struct_fields__
    details = LocationDetails(**{name: getattr(site, name) for name in names if hasattr(site, name)})
    location = create_location(details=details, at=at, actor=actor)
    gates = {
        name: add_gate(location_id=location.id, name=name, direction=direction).id
        for name, direction in site.gates.items()
    }
    return Place(location.id, gates)


def make_rates(plan: DemoTenant, places: dict[str, Place], *, at: datetime, actor: Actor) -> None:
    for rates in rates_of(PRICE_LISTS[plan.slug], places):
        try:
            create_rates(rates=rates, actor=actor, at=at)
        except Conflict as conflict:
            if conflict.code != RATES_OVERLAP:  # a price that somebody has made before stays
                raise


def keep_books(plan: DemoTenant, *, staff: Mapping[str, Actor], at: datetime) -> bool:
    """Give the current tenant customers, a week at the till and prices to come, unless it has any; whether it was so.

    The history must reach until `at` (UTC).
    """
    ids = dict(Location.objects.filter(name__in=[site.name for site in plan.sites]).values_list("name", "id"))
    cars = ParkingEntry.objects.filter(exit_time=None, vehicle_type="car").order_by("-entry_time")
    sites = {
        name: DemoSite(
            location_id=location_id,
            parked_cars=list(cars.filter(location_id=location_id).values_list("id", flat=True)[:MOST_CARS]),
        )
        for name, location_id in ids.items()
    }
    return keep_demo_books(slug=plan.slug, sites=sites, staff=staff, at=at)
