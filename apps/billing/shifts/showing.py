"""Shifts, and what belongs to them, as answers."""

from decimal import Decimal
from typing import Any

from apps.billing.models import CashShift, Refund, ShiftIncident, ShiftMovement, ShiftRecount
from apps.core.actor import Actor
from apps.core.money import minor_to_decimal

from .answers import (
    Denomination,
    IncidentRecord,
    MovementRecord,
    RecountRecord,
    ShiftCause,
    ShiftDetail,
    ShiftPaymentLine,
    ShiftRecord,
    ShiftRefundLine,
    ShiftSums,
    SumPart,
    WaitingDrawer,
)
from .drawers import DrawerSums, Part, drawer_sums, payments_of
from .queries import is_told_sums

MOST_PAYMENTS = 200


def shift_record(shift: CashShift) -> ShiftRecord:
    """A shift as a row of a list; `shift.recounts` are read with it."""
    return ShiftRecord(**_head(shift))


def waiting_drawer(shift: CashShift) -> WaitingDrawer:
    """A counted shift as a drawer that waits."""
    return WaitingDrawer(
        shift_id=shift.id,
        location_id=shift.location_id,
        drawer=shift.drawer,
        cashier_name=shift.cashier_name,
        counted=minor_to_decimal(shift.counted or 0, shift.currency),
        currency=shift.currency,
        closed_at=shift.closed_at or shift.opened_at,
    )


def shift_detail(shift: CashShift, *, actor: Actor) -> ShiftDetail:
    """A shift with what `actor` may know of it."""
    payments = payments_of(shift)
    sums = drawer_sums(shift) if is_told_sums(shift, actor=actor) else None
    return ShiftDetail(
        **_head(shift),
        sums=_sums(sums, shift.currency) if sums else None,
        causes=_causes(sums, shift.currency) if sums else None,
        payments=tuple(
            ShiftPaymentLine(
                id=payment.id,
                entry_id=payment.stay_id,
                receipt_number=payment.receipt_number,
                amount=minor_to_decimal(payment.amount, payment.currency),
                taken_at=payment.taken_at,
            )
            for payment in payments.reverse()[:MOST_PAYMENTS]
        ),
        payment_count=payments.count(),
        refunds=tuple(_refund(refund) for refund in shift.refunds.order_by("given_at")),
        movements=tuple(movement_record(moved, shift) for moved in shift.movements.order_by("moved_at")),
        incidents=tuple(incident_record(incident) for incident in shift.incidents.order_by("reported_at")),
        denominations=_denominations(shift.denominations, shift.currency),
        recounts=tuple(recount_record(recount, shift) for recount in shift.recounts.order_by("number")),
    )


def movement_record(moved: ShiftMovement, shift: CashShift) -> MovementRecord:
    """Cash carried into a drawer or out of it, as the API shows it."""
    return MovementRecord(
        id=moved.id,
        kind=moved.kind,
        amount=minor_to_decimal(moved.amount, shift.currency),
        reason=moved.reason,
        moved_by_name=moved.moved_by_name,
        moved_at=moved.moved_at,
    )


def incident_record(incident: ShiftIncident) -> IncidentRecord:
    """A report as the API shows it."""
    return IncidentRecord(
        id=incident.id,
        cause=incident.cause,
        entry_id=incident.stay_id,
        gate=incident.gate,
        reason=incident.reason,
        reported_by_name=incident.reported_by_name,
        reported_at=incident.reported_at,
    )


def recount_record(recount: ShiftRecount, shift: CashShift) -> RecountRecord:
    """A recount as the API shows it."""
    return RecountRecord(
        id=recount.id,
        number=recount.number,
        counted=minor_to_decimal(recount.counted, shift.currency),
        difference=minor_to_decimal(recount.counted - (shift.expected or 0), shift.currency),
        denominations=_denominations(recount.denominations, shift.currency),
        reason=recount.reason,
        recounted_by_name=recount.recounted_by_name,
        recounted_at=recount.recounted_at,
    )


def _head(shift: CashShift) -> dict[str, Any]:
    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else minor_to_decimal(minor, shift.currency)

    recounted = max(shift.recounts.all(), key=lambda one: one.number, default=None)
    last = recounted.counted if recounted else shift.counted
    return {
        "id": shift.id,
        "location_id": shift.location_id,
        "drawer": shift.drawer,
        "cashier_id": shift.cashier_id,
        "cashier_name": shift.cashier_name,
        "currency": shift.currency,
        "opening_float": amount(shift.opening_float),
        "taken_over_from": shift.taken_over_from_id,
        "opened_at": shift.opened_at,
        "status": shift.status,
        "closed_at": shift.closed_at,
        "closed_by": shift.closed_by,
        "closed_by_name": shift.closed_by_name,
        "expected": amount(shift.expected),
        "counted": amount(shift.counted),
        "recounted": amount(recounted.counted) if recounted else None,
        "difference": None if last is None or shift.expected is None else amount(last - shift.expected),
    }


def _sums(sums: DrawerSums, currency: str) -> ShiftSums:
    def part(part: Part) -> SumPart:
        return SumPart(times=part.times, amount=minor_to_decimal(part.amount, currency))

    return ShiftSums(
        opening_float=minor_to_decimal(sums.opening_float, currency),
        payments=part(sums.payments),
        customer_payments=part(sums.customer_payments),
        refunds=part(sums.refunds),
        voids=part(sums.voids),
        paid_in=part(sums.paid_in),
        expenses=part(sums.expenses),
        deposits=part(sums.deposits),
        expected=minor_to_decimal(sums.expected, currency),
    )


def _causes(sums: DrawerSums, currency: str) -> tuple[ShiftCause, ...]:
    priced = {"void": sums.voids, "refund": sums.refunds, "lost_ticket": sums.lost_tickets}
    return (
        *(
            ShiftCause(cause=cause, times=part.times, amount=minor_to_decimal(part.amount, currency))
            for cause, part in priced.items()
        ),
        ShiftCause(cause="manual_open", times=sums.manual_opens.times, amount=None),
    )


def _refund(refund: Refund) -> ShiftRefundLine:
    return ShiftRefundLine(
        id=refund.id,
        payment_id=refund.payment_id,
        kind=refund.kind,
        amount=minor_to_decimal(refund.amount, refund.currency),
        reason=refund.reason,
        given_by_name=refund.given_by_name,
        given_at=refund.given_at,
    )


def _denominations(pairs: list[list[int]], currency: str) -> tuple[Denomination, ...]:
    return tuple(Denomination(value=minor_to_decimal(value, currency), pieces=pieces) for value, pieces in pairs)
