"""Stays of the past, charged in bulk, leave what the till would have left stay by stay."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing import vehicle_stays
from apps.billing.commands.customers import CustomerDetails, add_customer
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.models import CustomerKind, Payment, PermitClaim, ReceiptSequence, StayFee
from apps.billing.permit_terms import PermitWindow
from apps.billing.public import (
    AlreadyCharged,
    ChargedStay,
    NewRates,
    PastCharge,
    StayFacts,
    TakePayment,
    charge_past_stays,
    charge_stay,
    create_rates,
    quote_stay,
)
from apps.billing.tariff import activate
from apps.core.events.publish import NotInTransaction
from apps.core.models import Event
from apps.core.money import minor_to_decimal
from tests.billing.conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, make_rate
from tests.billing.packs import PACKS, plan_bytes

pytestmark = pytest.mark.usefixtures("in_acme")


def state() -> dict[str, Any]:
    """All that was written, less the ids that are made anew each time."""
    events = Event.objects.filter(type="PaymentTaken").order_by("position")
    made_anew = {"paymentId"}
    return {
        "fees": list(StayFee.objects.order_by("stay_id").values()),
        "payments": [
            {name: value for name, value in row.items() if name != "id"}
            for row in Payment.objects.order_by("receipt_number").values()
        ],
        "receipts": list(ReceiptSequence.objects.order_by("year").values()),
        "events": [
            (
                event.aggregate_type,
                event.aggregate_version,
                event.schema_version,
                event.occurred_at,
                {name: value for name, value in event.data.items() if name not in made_anew},
                {name: value for name, value in event.metadata.items() if name not in ("correlationId", "salt")},
            )
            for event in events
        ],
        "claims": list(PermitClaim.objects.order_by("stay_id").values()),
        "aggregates": {event.aggregate_id for event in events} == set(Payment.objects.values_list("id", flat=True)),
    }


def comparable(charged: ChargedStay) -> tuple[Any, ...]:
    payment = charged.payment
    return (
        charged.fee,
        charged.unpriced_reason,
        payment and (payment.receipt_number, payment.amount, payment.taken_at),
    )


@dataclass
class Undone(Exception):
    """Carries out what was seen before the transaction is undone."""

    answers: list[tuple[Any, ...]]
    state: dict[str, Any]


def one_by_one(charges: list[PastCharge]) -> list[ChargedStay]:
    answers = []
    for past in charges:
        due = quote_stay(stay=past.stay, at=past.at).fee
        cash = None
        if past.paid_by and due and due.total:
            cash = TakePayment(method=past.paid_by, amount=minor_to_decimal(due.total, due.currency))
        answers.append(charge_stay(stay=past.stay, payment=cash, actor=past.actor, at=past.at))
    return answers


def undone(record: Any, charges: list[PastCharge]) -> Undone:
    try:
        with transaction.atomic():
            answers = [comparable(charged) for charged in record(charges)]
            raise Undone(answers, state())
    except Undone as seen:
        return seen


@pytest.fixture
def charges(yard: Yard) -> list[PastCharge]:
    """Two hundred stays over the turn of a year, some free, some unpaid, some without a rate."""
    rate = make_rate(daily=9_000, tax_rate=Decimal(18), grace_minutes=10, overstay_multiplier=Decimal("1.5"))
    make_rate(hourly=5_000, location_id=OTHER_YARD, effective_at=ENTRY + timedelta(days=100))
    make_rate(hourly=7_000, draft=True, location_id=YARD)
    assert rate.version == 1
    chance = random.Random(9)

    def past(number: int) -> PastCharge:
        entry = ENTRY + timedelta(days=200 + number / 1.7)
        stay: StayFacts = yard.stay(
            vehicle_type=chance.choice(["car", "car", "truck"]),
            location_id=chance.choice([YARD, OTHER_YARD]),
            entry_at=entry,
            exit_at=entry + timedelta(minutes=chance.choice([0, 5, 50, 500, 5_000])),
            allowed_until=entry + timedelta(hours=6),
        )
        assert stay.exit_at is not None
        return PastCharge(stay=stay, actor=CASHIER, at=stay.exit_at, paid_by=chance.choice(["cash", "cash", None]))

    return sorted((past(number) for number in range(200)), key=lambda charge: charge.at)


def test_the_bulk_path_leaves_what_the_till_leaves(charges: list[PastCharge]) -> None:
    bulk = undone(lambda given: charge_past_stays(charges=given), charges)
    till = undone(one_by_one, charges)
    assert bulk.answers == till.answers
    assert bulk.state == till.state
    assert len(bulk.state["receipts"]) == 2
    assert bulk.state["aggregates"]


@pytest.fixture
def recorded() -> Iterator[list[StayFacts]]:
    """The stays that parking has on record already, behind billing's port."""
    usual, known = (vehicle_stays._open_stays, vehicle_stays._earlier_visits), list[StayFacts]()

    def earlier(key: str, location_id: UUID, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        its = [stay for stay in known if (stay.vehicle_number, stay.location_id) == (key, location_id)]
        return [(each.entry_at, each.exit_at) for each in its if each.exit_at and since <= each.exit_at <= until]

    vehicle_stays.register_vehicle_stays(open_stays=lambda keys: [], earlier_visits=earlier)
    yield known
    vehicle_stays._open_stays, vehicle_stays._earlier_visits = usual


@pytest.fixture
def coming_again(yard: Yard) -> list[PastCharge]:
    """Three vehicles that come again and again, where visits of a day are added up; one has a permit by day."""
    plan = PACKS["big-top"]["plans"]["time-added"]["plan"] | {"currency": "INR"}
    rates = NewRates(vehicle_type="car", plan=activate(plan_bytes(plan)))
    create_rates(rates=rates, actor=CASHIER, at=ENTRY - timedelta(days=30))
    customer = add_customer(kind=CustomerKind.CREDIT, details=CustomerDetails(name="Tata"), actor=CASHIER)
    window = PermitWindow(days=("mon", "tue", "wed", "thu", "fri"), begins="07:00", ends="12:00")
    details = PermitDetails(vehicles=("MH1", "MH2"), valid_from=ENTRY.date(), windows=(window,))
    add_permit(customer_id=customer.id, details=details, actor=CASHIER)
    chance, made = random.Random(4), list[PastCharge]()
    for number in range(40):
        entry = ENTRY + timedelta(hours=7 * number)
        stay = yard.stay(
            entry_at=entry, exit_at=entry + timedelta(minutes=chance.choice([50, 150, 400])),
            vehicle_number=chance.choice(["MH1", "MH3", ""]),
        )  # fmt: skip
        assert stay.exit_at is not None
        made.append(PastCharge(stay=stay, actor=CASHIER, at=stay.exit_at))
    return made


def test_vehicles_that_are_named_have_their_permits_and_earlier_visits(
    coming_again: list[PastCharge], recorded: list[StayFacts]
) -> None:
    def with_parking(charges: list[PastCharge]) -> list[ChargedStay]:
        answers = []
        for past in charges:
            answers += one_by_one([past])
            recorded.append(past.stay)
        return answers

    bulk = undone(lambda given: charge_past_stays(charges=given), coming_again)
    till = undone(with_parking, coming_again)
    assert bulk.answers == till.answers
    assert bulk.state == till.state
    told = [fee["priced_from"] for fee in bulk.state["fees"]]
    assert sum("earlierVisits" in each for each in told) > 10
    assert sum("permit" in each for each in told) == len(bulk.state["claims"]) > 5


def test_it_goes_on_where_the_till_stopped_and_the_till_where_it_stops(charges: list[PastCharge], yard: Yard) -> None:
    charge(yard.stay(), "23.60")
    with transaction.atomic():
        charge_past_stays(charges=[past for past in charges if past.at.year == ENTRY.year])
    payment = charge(yard.stay(), "23.60").payment
    assert payment is not None
    numbers = sorted(Payment.objects.values_list("receipt_number", flat=True))
    assert numbers == [f"ACME-2026-{number:06d}" for number in range(1, len(numbers) + 1)]
    assert payment.receipt_number == numbers[-1]


def test_it_stands_or_falls_as_a_whole(charges: list[PastCharge]) -> None:
    with pytest.raises(NotInTransaction):
        charge_past_stays(charges=charges)
    with pytest.raises(AlreadyCharged), transaction.atomic():
        charge_past_stays(charges=[charges[0], charges[0]])
    assert not StayFee.objects.exists()
    assert not ReceiptSequence.objects.exists()
