"""What a demo tenant will charge: a price that rises next month, and a draft that the lab tried on the last week."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from apps.billing.commands.rates import NewRates, RateChanges, create_rates, update_parking_rates
from apps.billing.commands.simulations import WantedSimulation, request_simulation
from apps.billing.lab.starting_points import starting_points
from apps.billing.models import RateStatus, RateStructure
from apps.billing.tariff import activate
from apps.core import tenancy
from apps.core.actor import Actor

from .plans import BooksPlan

DRAFT = "first-hour"
"""The starting point of the draft."""
RISING, BY_PERCENT = "truck", 10


def think_of_prices(plan: BooksPlan, *, location_id: UUID, owner: Actor, at: datetime) -> None:
    """Announce the new price and draft the other list, at `at` (UTC)."""
    _raise_next_month(owner, at)
    tenant = tenancy.current()
    points = {point.key: point for point in starting_points(currency=tenant.currency, zone=tenant.timezone)}
    rates = NewRates(
        vehicle_type="car",
        location_id=location_id,
        plan=activate(msgspec.json.encode(points[DRAFT].plan)),
        draft=True,
    )
    draft = create_rates(rates=rates, actor=owner, at=at)
    week = WantedSimulation(since=at - timedelta(days=7), until=at)
    request_simulation(rate_id=draft.rate_id, wanted=week, actor=owner, at=at)


def _raise_next_month(owner: Actor, at: datetime) -> None:
    present = RateStructure.objects.filter(
        vehicle_type=RISING, location_id=None, status=RateStatus.ACTIVE, expiry_at=None, plan_hash=""
    ).first()
    if present is None or present.hourly is None:
        return
    local = at.astimezone(ZoneInfo(tenancy.current().timezone))
    following = (local.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    changes = RateChanges(hourly=present.hourly * (100 + BY_PERCENT) // 100, effective_at=following)
    update_parking_rates(
        rate_id=present.rate_id, expected_version=present.version, changes=changes, actor=owner, at=at
    )  # fmt: skip
