"""Traffic at the demo sites, through the gate's commands, so that a board moves while somebody looks."""

import math
from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec

from apps.billing.public import TakePayment, quote_stay
from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError
from apps.core.money import minor_to_decimal
from apps.parking.commands import ExitDetails, record_vehicle_entry, record_vehicle_exit
from apps.parking.models import Location, ParkingEntry
from apps.parking.opening_hours import is_open
from apps.parking.queries.overstays import find_stay_facts

from .gate_reports import report_entry
from .history_rows import Place
from .moves import DEMO_EVENT_IDS
from .planned_stays import CASH, choose_kind, plan_stay, visitors_of
from .site_plans import DemoTenant, SitePlan
from .typical import hour_of_week, typical_week
from .visitors import Visitors

TRAFFIC = Actor(kind=ActorKind.SYSTEM, name="demo traffic")
CHANCE = 0.4
"""How likely there is a move each time."""
PAYING = 0.6
SEED = 42
# how far from its typical occupancy a site has to be for a move away from it to become rare, as a share of its places
_SLACK = 0.05


class OpenStay(msgspec.Struct, frozen=True):
    """A vehicle that stands at a demo site."""

    id: UUID
    location_id: UUID
    plate: str
    event_id: str


def let_some_move(plan: DemoTenant, *, at: datetime) -> str:
    """Perhaps let a vehicle come to or leave one of the current tenant's demo sites, at `at` (UTC).

    Chance is seeded by the second of the instant. Only vehicles of the demo leave, never one that a person has put
    there, closed sites rest, and the others stay near what is typical for the hour. Gives what happened: `entered`,
    `exited`, a refusal's code, or nothing.
    """
    second = int(at.timestamp())
    chance = Random(f"{plan.slug}:{second}")
    if chance.random() >= CHANCE:
        return ""
    site = chance.choices(plan.sites, [site.arrivals_a_day for site in plan.sites])[0]
    place = _find_place(site)
    if place is None or not is_open(site.opening_hours, timezone=site.timezone, at=at):
        return ""
    parked = _list_parked()
    here = [stay for stay in parked if stay.location_id == place.location_id]
    ours = [stay for stay in here if stay.event_id.startswith(DEMO_EVENT_IDS)]
    try:
        if chance.random() < _inclination(site, len(here), at):
            taken = {stay.plate for stay in parked}
            return _come(plan, site, place, second=second, taken=taken, at=at, chance=chance)
        return _leave(site, place, chance.choice(ours), at=at, chance=chance) if ours else ""
    except DomainError as refusal:  # a full site, a moment's rival: as at any gate, the next vehicle tries again
        return refusal.code


def _inclination(site: SitePlan, occupied: int, at: datetime) -> float:
    """The chance that the next move is an entry: even at the typical occupancy, falling above it."""
    typical = _week_of(site)[hour_of_week(at, timezone=site.timezone)]
    return 1 / (1 + math.exp((occupied - typical) / (site.capacity * _SLACK)))


def _come(
    plan: DemoTenant, site: SitePlan, place: Place, *, second: int, taken: set[str], at: datetime, chance: Random
) -> str:
    stay, _ = plan_stay(
        choose_kind(site, chance),
        site,
        number=second,
        at=at,
        visitors=_visitors_of(plan),
        parked=taken,
        chance=chance,
    )
    recorded = record_vehicle_entry(entry=report_entry(stay, place), at=at, actor=TRAFFIC)
    return "" if recorded.replayed else "entered"


def _leave(site: SitePlan, place: Place, stay: OpenStay, *, at: datetime, chance: Random) -> str:
    pays = site.payment_required or chance.random() < PAYING
    due = _amount_due(stay.id, at=at) if pays else None
    exit = ExitDetails(
        entry_id=stay.id,
        gate_id=place.gates[chance.choice(site.gates_for("exit"))],
        payment=None if due is None else TakePayment(method=CASH, amount=due),
        event_id=f"{stay.event_id}:exit",
    )
    recorded = record_vehicle_exit(exit=exit, at=at, actor=TRAFFIC)
    return "" if recorded.replayed else "exited"


def _amount_due(stay_id: UUID, *, at: datetime) -> Decimal | None:
    facts = find_stay_facts(stay_id)
    fee = quote_stay(stay=facts, at=at).fee if facts else None
    return minor_to_decimal(fee.total, fee.currency) if fee else None


def _find_place(site: SitePlan) -> Place | None:
    """The site's location, unless somebody has changed its gates or taken it away."""
    location = Location.objects.filter(name=site.name).prefetch_related("gates").first()
    if location is None:
        return None
    place = Place(location.id, {gate.name: gate.id for gate in location.gates.all()})
    return place if place.gates.keys() >= site.gates.keys() else None


def _list_parked() -> list[OpenStay]:
    rows = ParkingEntry.objects.filter(exit_time=None).order_by("id")
    return [
        OpenStay(id, location_id, plate, event_id or "")
        for id, location_id, plate, event_id in rows.values_list("id", "location_id", "vehicle_number", "event_id")
    ]


_weeks: dict[str, list[float]] = {}
_visitors: dict[str, Visitors] = {}


def _week_of(site: SitePlan) -> list[float]:
    return _weeks.get(site.name) or _weeks.setdefault(site.name, typical_week(site))


def _visitors_of(plan: DemoTenant) -> Visitors:
    return _visitors.get(plan.slug) or _visitors.setdefault(plan.slug, visitors_of(plan, seed=SEED))
