"""Holding a shift open while something is written that belongs to it.

Whoever writes into a shift holds its row shared, and the count takes it alone. So the count waits for all that is under
way and sees it; and whoever comes after it finds the shift counted, for PostgreSQL asks the `WHERE` again after
waiting. Those who hold it shared don't wait for one another.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.billing.models import CustomerPayment, Method, Payment
from apps.core import reach
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound

_HELD = "SELECT id, location_id, cashier_id, currency FROM {schema}.billing_cashshift WHERE status = 'open'"
_OF_CASHIER = Statement(f"{_HELD} AND cashier_id = %(cashier)s AND opened_at <= %(at)s FOR KEY SHARE")
_BY_ID = Statement(f"{_HELD} AND id = %(shift)s FOR KEY SHARE")
_EXISTS = Statement("SELECT location_id, cashier_id FROM {schema}.billing_cashshift WHERE id = %(shift)s")


class NoOpenShift(Conflict):
    code, title = "no_open_shift", "Open a cash shift first"


class ShiftNotFound(NotFound):
    code, title = "shift_not_found", "There is no such cash shift here"


class ShiftCounted(Conflict):
    code, title = "shift_counted", "This shift was counted already"


class NotYourShift(Forbidden):
    code, title = "not_your_shift", "This is somebody else's drawer"


class HeldShift(msgspec.Struct, frozen=True):
    """An open shift whose row is held until the transaction ends."""

    id: UUID
    location_id: UUID
    cashier_id: UUID
    currency: str


def find_open_shift(*, cashier_id: UUID | None, at: datetime) -> HeldShift | None:
    """The cashier's shift that is open at `at` (UTC), held; None where there is none."""
    rows = _OF_CASHIER.run({"cashier": cashier_id, "at": at}) if cashier_id else []
    return HeldShift(*rows[0]) if rows else None


def require_open_shift(*, method: str, actor: Actor, at: datetime) -> None:
    """Let cash be taken by who has an open shift, and hold it. Raises NoOpenShift."""
    if method == Method.CASH and find_open_shift(cashier_id=actor.id, at=at) is None:
        raise NoOpenShift("Cash is taken here by cashiers with an open shift alone.")


def hold_own_shift(*, shift_id: UUID, actor: Actor) -> HeldShift:
    """The actor's own open shift, held. Raises ShiftNotFound, NotYourShift, ShiftCounted."""
    held = _hold(shift_id)
    if held.cashier_id != actor.id:
        raise NotYourShift("Only its cashier writes into an open shift.")
    return held


def drawer_of(
    payment: Payment | CustomerPayment, *, shift_id: UUID | None, actor: Actor, at: datetime
) -> HeldShift | None:
    """The open shift whose drawer the cash of a refund or void leaves, held; None for what is not cash or in none.

    It is the one that is named; else that of who gives it; else, for the money lies there, that of who took it.
    Raises ShiftNotFound, ShiftCounted, Invalid for a drawer of another currency.
    """
    if payment.method != Method.CASH:
        return None
    if shift_id is None:
        found = find_open_shift(cashier_id=actor.id, at=at) or find_open_shift(cashier_id=payment.taken_by, at=at)
        return found if found and found.currency == payment.currency else None
    named = _hold(shift_id)
    if named.currency != payment.currency:
        raise Invalid.field("shiftId", "currency_mismatch", f"This drawer is in {named.currency}.")
    return named


def _hold(shift_id: UUID) -> HeldShift:
    if rows := _BY_ID.run({"shift": shift_id}):
        held = HeldShift(*rows[0])
        if reach.includes(held.location_id):
            return held
    elif (found := _EXISTS.run({"shift": shift_id})) and reach.includes(found[0][0]):
        raise ShiftCounted("What was counted is not changed any more.")
    raise ShiftNotFound("Check the shift's id; it is not one of this tenant.")
