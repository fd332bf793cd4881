"""Summing the fees of ended stays, the payments that were taken and what was given back of them."""

from collections.abc import Sequence
from datetime import datetime

from apps.billing.events import MoneyGivenBack, PaymentRefunded, PaymentTaken, PaymentVoided, StayPriced
from apps.core.events import Envelope
from apps.core.money import minor_from_decimal
from apps.parking.events import VehicleExited
from apps.reports.models import FeeSum, PaymentSum
from apps.reports.quarter_hours import quarter_hour_of

from .sums import Sums, events_of

HEARD = (VehicleExited, StayPriced, PaymentTaken, PaymentRefunded, PaymentVoided)


def sum_revenue(envelopes: Sequence[Envelope], generation: int) -> None:
    """Add these events to the fees and payments of a generation. Raises UnknownEvent."""
    fees = Sums(
        FeeSum,
        key=("quarter_hour", "location_id", "vehicle_type", "currency"),
        amounts=("charged", "priced_stays", "unpriced_stays"),
    )
    payments = Sums(
        PaymentSum,
        key=("quarter_hour", "location_id", "vehicle_type", "currency", "method"),
        amounts=("taken", "payments", "voided", "voids", "refunded", "refunds"),
    )
    for event in events_of(envelopes, *HEARD):
        match event:
            case VehicleExited():
                _add_fee(fees, event)
            case StayPriced():
                _settle_fee(fees, event)
            case PaymentTaken(taken_at=at):
                _add_money(payments, event, at, total="taken", count="payments")
            case PaymentVoided(given_at=at):
                _add_money(payments, event, at, total="voided", count="voids")
            case PaymentRefunded(given_at=at):
                _add_money(payments, event, at, total="refunded", count="refunds")
    fees.write(generation)
    payments.write(generation)


def _add_fee(fees: Sums, event: VehicleExited) -> None:
    key = (quarter_hour_of(event.exit_time), event.location_id, event.vehicle_type, event.currency)
    if event.total_fee is None:
        fees.add(*key, unpriced_stays=1)
    else:
        fees.add(*key, charged=minor_from_decimal(event.total_fee, event.currency), priced_stays=1)


def _settle_fee(fees: Sums, event: StayPriced) -> None:
    """A fee belongs to the time of the exit, whenever somebody settled it."""
    key = (quarter_hour_of(event.exit_time), event.location_id, event.vehicle_type, event.currency)
    fees.add(*key, charged=minor_from_decimal(event.total_fee, event.currency), priced_stays=1, unpriced_stays=-1)


def _add_money(payments: Sums, event: PaymentTaken | MoneyGivenBack, at: datetime, *, total: str, count: str) -> None:
    key = (quarter_hour_of(at), event.location_id, event.vehicle_type, event.currency, event.method)
    payments.add(*key, **{total: minor_from_decimal(event.amount, event.currency), count: 1})
