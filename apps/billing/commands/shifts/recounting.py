"""A count put right: the drawer's money is counted again by somebody else, with a reason; the first count stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.billing.events import ShiftRecounted
from apps.billing.ledger.posting import post
from apps.billing.ledger.shift_movements import SHIFT_RECOUNTED, recount_lines
from apps.billing.models import CashShift, ShiftRecount
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Forbidden
from apps.core.events import publish
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .counting import Count
from .holding import ShiftNotFound


class ShiftStillOpen(Conflict):
    code, title = "shift_open", "This shift was not counted yet"


class OwnShift(Forbidden):
    code, title = "own_shift", "Your own shift is counted again by somebody else"


@transaction.atomic
def recount_shift(*, shift_id: UUID, count: Count, reason: str, actor: Actor, at: datetime) -> ShiftRecount:
    """Count a closed shift again, at `at` (UTC); the same sum confirms the count.

    Raises ShiftNotFound, ShiftStillOpen, OwnShift, Invalid.
    """
    shift = CashShift.objects.select_for_update().filter(id=shift_id).first()
    if shift is None:
        raise ShiftNotFound("Check the shift's id; it is not one of this tenant.")
    if shift.counted is None:
        raise ShiftStillOpen("Close it by a count first.")
    if shift.cashier_id == actor.id:
        raise OwnShift("Two pairs of eyes are meant.")
    counted, denominations = count.in_minor(shift.currency)
    last = shift.recounts.order_by("-number").first()
    recount = ShiftRecount.objects.create(
        id=new_id(),
        shift=shift,
        number=last.number + 1 if last else 1,
        counted=counted,
        denominations=denominations,
        reason=reason,
        recounted_by=actor.id,
        recounted_by_name=actor.name,
        recounted_at=at,
    )
    lines = recount_lines(shift, before=last.counted if last else shift.counted, counted=counted)
    if lines:
        post(kind=SHIFT_RECOUNTED, reference=recount.id, lines=lines, at=at, actor=actor, location_id=shift.location_id)
    told = ShiftRecounted(
        shift_id=shift.id,
        recount_id=recount.id,
        tenant_id=tenancy.current().id,
        location_id=shift.location_id,
        counted=minor_to_decimal(counted, shift.currency),
        difference=minor_to_decimal(counted - (shift.expected or 0), shift.currency),
        currency=shift.currency,
        recounted_at=at,
    )
    publish(told, aggregate_id=shift.id, at=at, actor=actor)
    return recount
