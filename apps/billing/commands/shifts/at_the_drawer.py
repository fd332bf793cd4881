"""What a cashier tells of an open shift: cash carried in or out, lost tickets, barriers opened by hand.

Whether there is so much in the drawer is not asked: a refusal would tell what is expected there.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.billing.amounts import minor_amount
from apps.billing.ledger.posting import post
from apps.billing.ledger.shift_movements import CASH_MOVED, cash_moved_lines
from apps.billing.models import CashShift, IncidentCause, MovementKind, ShiftIncident, ShiftMovement
from apps.billing.stays import get_stay
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .holding import hold_own_shift


class AlreadyReported(Conflict):
    code, title = "already_reported", "The ticket of this stay was reported lost already"


@transaction.atomic
def move_cash(
    *, shift_id: UUID, kind: MovementKind, amount: Decimal, reason: str, actor: Actor, at: datetime
) -> ShiftMovement:
    """Carry cash into one's own drawer or out of it, at `at` (UTC).

    Raises ShiftNotFound, NotYourShift, ShiftCounted, Invalid.
    """
    held = hold_own_shift(shift_id=shift_id, actor=actor)
    shift = CashShift.objects.get(id=held.id)
    movement = ShiftMovement.objects.create(
        id=new_id(),
        shift=shift,
        kind=kind,
        amount=minor_amount(amount, held.currency, field="amount"),
        reason=reason,
        moved_by=actor.id,
        moved_by_name=actor.name,
        moved_at=at,
    )
    lines = cash_moved_lines(shift, movement)
    post(kind=CASH_MOVED, reference=movement.id, lines=lines, at=at, actor=actor, location_id=held.location_id)
    told = {"kind": kind, "amount": str(minor_to_decimal(movement.amount, held.currency)), "currency": held.currency}
    audit.record("shift.cash_moved", audit.Subject("shift", held.id), actor=actor, after=told)
    return movement


@transaction.atomic
def report_incident(
    *,
    shift_id: UUID,
    cause: IncidentCause,
    stay_id: UUID | None,
    gate: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> ShiftIncident:
    """Report a lost ticket by the stay that it was of, or a barrier that was opened by hand, at `at` (UTC).

    Raises ShiftNotFound, NotYourShift, ShiftCounted, StayNotFound, AlreadyReported, Invalid.
    """
    held = hold_own_shift(shift_id=shift_id, actor=actor)
    _check(cause, stay_id)
    try:
        with transaction.atomic():
            incident = ShiftIncident.objects.create(
                id=new_id(),
                shift_id=held.id,
                cause=cause,
                stay_id=stay_id,
                gate=gate,
                reason=reason,
                reported_by=actor.id,
                reported_by_name=actor.name,
                reported_at=at,
            )
    except IntegrityError as error:
        raise AlreadyReported("It counts once.") from error
    told = {"cause": cause, "entryId": stay_id, "gate": gate}
    audit.record("shift.incident_reported", audit.Subject("shift", held.id), actor=actor, after=told)
    return incident


def _check(cause: IncidentCause, stay_id: UUID | None) -> None:
    if cause == IncidentCause.LOST_TICKET:
        if stay_id is None:
            raise Invalid.field("entryId", "required", "Say whose ticket was lost.")
        get_stay(stay_id)
    elif stay_id is not None:
        raise Invalid.field("entryId", "not_meant", "A barrier is opened by hand without a stay.")
