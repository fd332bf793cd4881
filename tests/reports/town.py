"""A lively history through the commands: entries, exits, overstays, stays without price, payments at once and later.

Some stays without a price are settled. Some money is given back: payments are voided on their day, and then may be
taken anew, or refunded in parts.

All chance comes from the seed; time is the town's own and only goes on when somebody acts.
"""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count

from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.models import Payment, RefundKind, StayFee
from apps.billing.public import NewRates, Plan, TakePayment, create_rates, quote_stay
from apps.billing.reconciliation.settling import Stated, settle_stay
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.money import minor_to_decimal
from apps.core.shared.deadlines import list_due
from apps.parking.admission import EntryDetails
from apps.parking.commands import ExitDetails, record_vehicle_entry, record_vehicle_exit
from apps.parking.commands.overstays import mark_overstays_of_tenant
from apps.parking.models import ParkingEntry
from apps.parking.queries.overstays import find_stay_facts
from tests.factories.sites import open_location

START = datetime(2026, 3, 1, 17, 50, tzinfo=UTC)
ZONES = ("Asia/Kolkata", "Asia/Kathmandu", "America/New_York")


class Town:
    """Three yards of the tenant entered. Cars and buses have a price, trucks have none."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at = START
        self.yards: list[UUID] = [open_location(name=f"Yard in {zone}", capacity=500, timezone=zone) for zone in ZONES]
        self.number = 0
        currency = tenancy.current().currency
        for kind, hourly in (("car", 2_050), ("bus", 9_975)):
            rates = NewRates(vehicle_type=kind, plan=Plan(currency=currency, hourly=hourly), effective_at=START)
            create_rates(rates=rates, actor=SYSTEM, at=START)

    def live(self, acts: int) -> None:
        """So many things happen, one after another."""
        for _ in range(acts):
            self.at += timedelta(seconds=self.chance.randrange(1, 1_500))
            acts = [self.enter, self.leave, self.overstay, self.pay_later, self.void, self.refund, self.settle]
            self.chance.choices(acts, weights=[10, 8, 2, 4, 2, 2, 1])[0]()

    def enter(self) -> None:
        self.number += 1
        entered = self.at - timedelta(minutes=self.chance.choice([0, 0, 0, 7, 200]))
        stays = self.chance.choice([None, timedelta(minutes=45)])
        details = EntryDetails(
            vehicle_number=f"MH 12 {self.number:05}",
            vehicle_type=self.chance.choice(["car", "car", "bus", "truck"]),
            location_id=self.chance.choice(self.yards),
            entry_time=max(entered, START),
            expected_exit_time=None if stays is None else self.at + stays,
        )
        record_vehicle_entry(entry=details, at=self.at, actor=SYSTEM)

    def leave(self) -> None:
        parked = list(ParkingEntry.objects.filter(exit_time=None).order_by("id").values_list("id", flat=True))
        if not parked:
            return
        entry_id = self.chance.choice(parked)
        facts = find_stay_facts(entry_id)
        assert facts is not None
        fee = quote_stay(stay=facts, at=self.at).fee
        payment = None
        if fee and fee.total and self.chance.random() < 0.6:
            payment = TakePayment(method="cash", amount=minor_to_decimal(fee.total, fee.currency))
        record_vehicle_exit(exit=ExitDetails(entry_id=entry_id, payment=payment), at=self.at, actor=SYSTEM)

    def overstay(self) -> None:
        due = list_due(kind="overstay", at=self.at, limit=100).get(tenancy.current().id, [])
        mark_overstays_of_tenant(entry_ids=due, at=self.at)

    def pay_later(self) -> None:
        owed = StayFee.objects.filter(paid=0, total__gt=0).order_by("stay_id").first()
        if owed is not None:
            assert owed.total is not None
            amount: Decimal = minor_to_decimal(owed.total, owed.currency)
            payment = TakePayment(method="cash", amount=amount)
            take_payment(stay_id=owed.stay_id, payment=payment, actor=SYSTEM, at=self.at)

    def void(self) -> None:
        zone = ZoneInfo(tenancy.current().timezone)
        today = self.at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        payment = Payment.objects.filter(taken_at__gte=today, refunds=None).order_by("id").first()
        if payment is not None:
            void_payment(payment_id=payment.id, reason="taken twice", actor=SYSTEM, at=self.at)

    def refund(self) -> None:
        payments = Payment.objects.exclude(refunds__kind=RefundKind.VOID).order_by("id")
        payment = payments.annotate(times=Count("refunds")).filter(times__lt=2).first()
        if payment is not None:
            third = minor_to_decimal(payment.amount // 3, payment.currency)
            refund_payment(payment_id=payment.id, amount=third, reason="complained", actor=SYSTEM, at=self.at)

    def settle(self) -> None:
        unpriced = StayFee.objects.filter(total=None).exclude(unpriced_reason="still_parked").order_by("stay_id")
        if unpriced.count() > 2:
            by = Stated(amount=Decimal(250))
            settle_stay(stay_id=unpriced[0].stay_id, by=by, reason="by the list", actor=SYSTEM, at=self.at)
