"""Summing the fees of ended stays and the payments that were taken."""

from collections.abc import Sequence

from apps.billing.events import PaymentTaken
from apps.core.events import Envelope
from apps.core.money import minor_from_decimal
from apps.parking.events import VehicleExited
from apps.reports.models import FeeSum, PaymentSum
from apps.reports.quarter_hours import quarter_hour_of

from .sums import Sums, events_of

HEARD = (VehicleExited, PaymentTaken)


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
        amounts=("taken", "payments"),
    )
    for event in events_of(envelopes, *HEARD):
        match event:
            case VehicleExited():
                _add_fee(fees, event)
            case PaymentTaken():
                _add_payment(payments, event)
    fees.write(generation)
    payments.write(generation)


def _add_fee(fees: Sums, event: VehicleExited) -> None:
    key = (quarter_hour_of(event.exit_time), event.location_id, event.vehicle_type, event.currency)
    if event.total_fee is None:
        fees.add(*key, unpriced_stays=1)
    else:
        fees.add(*key, charged=minor_from_decimal(event.total_fee, event.currency), priced_stays=1)


def _add_payment(payments: Sums, event: PaymentTaken) -> None:
    payments.add(
        quarter_hour_of(event.taken_at),
        event.location_id,
        event.vehicle_type,
        event.currency,
        event.method,
        taken=minor_from_decimal(event.amount, event.currency),
        payments=1,
    )
