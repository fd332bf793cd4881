"""Reading cash shifts. Whose own drawer is open is never told what is expected in it."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.auth.public import READ, has_permission
from apps.billing.commands.shifts.holding import ShiftNotFound
from apps.billing.models import CashShift, ShiftStatus
from apps.core.actor import Actor


def sees_counts(actor: Actor) -> bool:
    """Whether an actor sees everybody's shifts and what is expected in them."""
    return has_permission(actor=actor, resource="shift-counts", action=READ)


def is_told_sums(shift: CashShift, *, actor: Actor) -> bool:
    """Whether an actor is told what ought to lie in a drawer: of a counted one, or of somebody else's open one."""
    return not shift.is_open or (shift.cashier_id != actor.id and sees_counts(actor))


def list_shifts(
    *,
    actor: Actor,
    status: ShiftStatus | None = None,
    location_id: UUID | None = None,
    cashier_id: UUID | None = None,
    opened_from: datetime | None = None,
    opened_to: datetime | None = None,
) -> QuerySet[CashShift]:
    """Shifts that an actor sees, the newest first: their own, or all with `shift-counts:read`; the period half-open."""
    given = {
        "status": status,
        "location_id": location_id,
        "cashier_id": cashier_id,
        "opened_at__gte": opened_from,
        "opened_at__lt": opened_to,
    }
    wanted = {field: value for field, value in given.items() if value is not None}
    return _visible(actor).filter(**wanted).prefetch_related("recounts").order_by("-id")


def get_shift(*, shift_id: UUID, actor: Actor) -> CashShift:
    """One shift that an actor sees. Raises ShiftNotFound."""
    shift = _visible(actor).filter(id=shift_id).first()
    if shift is None:
        raise ShiftNotFound("Check the shift's id; it is not one of this tenant.")
    return shift


def _visible(actor: Actor) -> QuerySet[CashShift]:
    if sees_counts(actor):
        return CashShift.objects.all()
    return CashShift.objects.filter(cashier_id=actor.id) if actor.id else CashShift.objects.none()
