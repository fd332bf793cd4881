"""One vehicle that comes to a site: which, for how long, past which gates, and how it will pay. Pure."""

from collections.abc import Container
from datetime import datetime, timedelta
from random import Random

from .moves import CAMERA, OPERATOR, SimulatedStay
from .people import REGIONS
from .rhythm import stay_times
from .site_plans import DemoTenant, SitePlan, VisitKind
from .visitors import Visitors

CASH = "cash"


def visitors_of(tenant: DemoTenant, *, seed: int) -> Visitors:
    """All who might come to the tenant's sites."""
    return Visitors(REGIONS[tenant.region], seed=f"{seed}:{tenant.slug}")


def choose_kind(site: SitePlan, chance: Random) -> VisitKind:
    """Why the next vehicle comes."""
    return chance.choices(site.visits, [visit.share for visit in site.visits])[0]


def plan_stay(
    kind: VisitKind,
    site: SitePlan,
    *,
    number: int,
    at: datetime,
    visitors: Visitors,
    parked: Container[str],
    chance: Random,
) -> tuple[SimulatedStay, datetime]:
    """A stay that begins at `at` (UTC) with a vehicle whose plate is not `parked`; and the instant of its exit."""
    vehicle = visitors.choose(kind.vehicle_type, returning=kind.returning, parked=parked, chance=chance)
    exit_at, expected = stay_times(kind, site, entry_at=at, chance=chance)
    paid = chance.random() < kind.paying
    stay = SimulatedStay(
        number=number,
        site=site.name,
        plate=vehicle.plate,
        vehicle_type=kind.vehicle_type,
        driver=vehicle.driver,
        phone=vehicle.phone,
        haulier=vehicle.haulier,
        recorded_by=OPERATOR if chance.random() < site.attended else CAMERA,
        entry_gate=chance.choice(site.gates_for("entry")),
        entry_at=at,
        expected_exit_at=expected,
        allowed_until=expected or at + timedelta(minutes=site.allowed_stay_minutes),
        exit_at=exit_at,
        exit_gate=chance.choice(site.gates_for("exit")),
        exit_recorded_by=OPERATOR if paid else CAMERA,
        paid_by=CASH if paid else None,
    )
    return stay, exit_at
