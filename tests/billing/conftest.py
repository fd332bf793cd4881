"""Billing without parking: its two ports are filled by the tests' own yard."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing import places, stays
from apps.billing.models import Payment, RateStructure, ReceiptSequence, StayFee
from apps.billing.public import (
    ChargedStay,
    NewRates,
    Place,
    Plan,
    StayFacts,
    TakePayment,
    charge_stay,
    create_rates,
)
from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id
from apps.core.models import Event

CASHIER = Actor(kind=ActorKind.USER, id=new_id(), name="Asha", role="operator")
ENTRY = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
YARD = UUID("019500aa-0000-7000-8000-000000000001")
OTHER_YARD = UUID("019500aa-0000-7000-8000-000000000002")


@dataclass
class Yard:
    """What parking would know: stays by id, two locations, two vehicle types."""

    stays: dict[UUID, StayFacts] = field(default_factory=dict)

    def stay(self, hours: float | None = 1, vehicle_type: str = "car", **facts: Any) -> StayFacts:
        """A stay at the yard, of so many hours, or still parked."""
        end = None if hours is None else ENTRY + timedelta(hours=hours)
        given = {"stay_id": new_id(), "location_id": YARD, "entry_at": ENTRY, "exit_at": end} | facts
        stay = StayFacts(vehicle_type=vehicle_type, **given)
        self.stays[stay.stay_id] = stay
        return stay

    def known(self, stay_ids: Collection[UUID]) -> dict[UUID, StayFacts]:
        return {id: self.stays[id] for id in stay_ids if id in self.stays}

    def of_haulier(self, name: str, since: datetime, until: datetime) -> list[UUID]:
        ended = [stay for stay in self.stays.values() if stay.exit_at and since <= stay.exit_at < until]
        return [stay.stay_id for stay in ended if stay.transport_name.lower() == name.lower()]


@pytest.fixture
def yard() -> Iterator[Yard]:
    """The yard behind billing's ports, for this test."""
    usual_lookup, usual_checks = stays._lookup, places._checks
    usual_lists, usual_places = (stays._stays_lookup, stays._haulier_stays), places._places
    yard = Yard()
    stays.register_stay_lookup(yard.stays.get)
    stays.register_stays_lookup(yard.known, of_haulier=yard.of_haulier)
    places.register_place_lookup(lambda ids: {id: Place(name="North yard", timezone="Asia/Kolkata") for id in ids})
    places.register_place_checks(
        has_vehicle_type=lambda code: code in ("car", "truck"), has_location=lambda id: id in (YARD, OTHER_YARD)
    )
    yield yard
    stays._lookup, places._checks = usual_lookup, usual_checks
    (stays._stays_lookup, stays._haulier_stays), places._places = usual_lists, usual_places


def make_rate(*, at: datetime = ENTRY - timedelta(days=30), **given: Any) -> RateStructure:
    """An hourly rate of 20.00 for cars everywhere, unless told otherwise."""
    placed = {name: given.pop(name) for name in ("location_id", "effective_at", "expiry_at", "draft") if name in given}
    vehicle_type = given.pop("vehicle_type", "car")
    plan = Plan(**({"currency": "INR", "hourly": 2_000} | given))
    return create_rates(rates=NewRates(vehicle_type=vehicle_type, plan=plan, **placed), actor=CASHIER, at=at)


def charge(stay: StayFacts, paid: str | None = None, *, at: datetime | None = None) -> ChargedStay:
    """Charge a stay as the gate does, with cash on the counter or without."""
    payment = None if paid is None else TakePayment(method="cash", amount=Decimal(paid))
    with transaction.atomic():
        return charge_stay(stay=stay, payment=payment, actor=CASHIER, at=at or stay.exit_at or ENTRY)


def ledger() -> dict[str, Any]:
    """All that billing has written in the current tenant: equal before and after a refusal."""
    tables = {
        model.__name__: list(model.objects.order_by("pk").values()) for model in (RateStructure, StayFee, Payment)
    }
    return tables | {
        "receipts": list(ReceiptSequence.objects.values_list("year", "last")),
        "events": list(Event.objects.filter(aggregate_type__in=["rate", "payment"]).values_list("id", flat=True)),
    }
