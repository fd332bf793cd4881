"""A cashier begins: with a float from the safe, or with the drawer that somebody has handed over."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction

from apps.billing.amounts import minor_amount
from apps.billing.events import ShiftOpened
from apps.billing.ledger.posting import post
from apps.billing.ledger.shift_movements import SHIFT_OPENED, float_lines
from apps.billing.models import CashShift, ShiftStatus
from apps.billing.places import require_location
from apps.billing.shifts.drawers import list_waiting
from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.db.statement import violated_constraint
from apps.core.errors import Conflict, Forbidden
from apps.core.events import publish
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .holding import ShiftNotFound


class ShiftAlreadyOpen(Conflict):
    code, title = "shift_already_open", "You have an open shift already"


class DrawerTaken(Conflict):
    code, title = "drawer_taken", "Somebody has this drawer open"


class DrawerHandedOver(Conflict):
    code, title = "drawer_handed_over", "This drawer was handed over and waits for who takes it"


class NotHandedOver(Conflict):
    code, title = "not_handed_over", "This drawer does not wait for anybody"


class ShiftOverlaps(Conflict):
    code, title = "shift_overlaps", "You have just had a shift at this moment; try again"


class NobodysShift(Forbidden):
    code, title = "not_a_person", "A cash shift is a person's"


_CLASHES = {
    "shift_one_per_cashier": ShiftAlreadyOpen("Close or hand over the one that you have."),
    "shift_one_per_drawer": DrawerTaken("Let its cashier close it or hand it over, or take another drawer."),
    "shifts_of_a_cashier_never_overlap": ShiftOverlaps("Open it again in a moment."),
    "billing_cashshift_taken_over_from_id_key": NotHandedOver("Somebody else has just taken it over."),
}


def open_shift(*, location_id: UUID, drawer: str, opening_float: Decimal, actor: Actor, at: datetime) -> CashShift:
    """Begin at a drawer with a float, in the tenant's currency, at `at` (UTC).

    Raises LocationNotFound, Invalid, ShiftAlreadyOpen, DrawerTaken, DrawerHandedOver, NobodysShift.
    """
    require_location(location_id)
    currency = tenancy.current().currency
    minor = minor_amount(opening_float, currency, field="openingFloat", least=0)
    return _open(location_id, drawer, minor, currency, None, actor=actor, at=at)


def take_over_shift(*, from_shift_id: UUID, actor: Actor, at: datetime) -> CashShift:
    """Begin with a drawer that was handed over; what was counted there is the float.

    Raises ShiftNotFound, NotHandedOver, ShiftAlreadyOpen, DrawerTaken, NobodysShift.
    """
    given = CashShift.objects.filter(id=from_shift_id).first()
    if given is None:
        raise ShiftNotFound("Check the shift's id; it is not one of this tenant.")
    if given.status != ShiftStatus.HANDED_OVER or given.counted is None or hasattr(given, "taken_over_by"):
        raise NotHandedOver("Choose one of those that wait.")
    return _open(given.location_id, given.drawer, given.counted, given.currency, given, actor=actor, at=at)


def _open(
    location_id: UUID,
    drawer: str,
    opening_float: int,
    currency: str,
    given: CashShift | None,
    *,
    actor: Actor,
    at: datetime,
) -> CashShift:
    if actor.kind != ActorKind.USER or actor.id is None:
        raise NobodysShift("Sign in as the cashier.")
    try:
        with transaction.atomic():
            shift = CashShift.objects.create(
                id=new_id(),
                location_id=location_id,
                drawer=drawer,
                cashier_id=actor.id,
                cashier_name=actor.name,
                currency=currency,
                opening_float=opening_float,
                taken_over_from=given,
                opened_at=at,
            )
            # asked after the row is there: whoever hands this drawer over at this moment was waited for
            if given is None and (waiting := list_waiting(location_id=location_id, drawer=drawer)):
                raise DrawerHandedOver("Take it over, then close it by a count.", facts={"shiftId": waiting[0].id})
            if lines := float_lines(shift):
                post(kind=SHIFT_OPENED, reference=shift.id, lines=lines, at=at, actor=actor, location_id=location_id)
            publish(_told(shift), aggregate_id=shift.id, at=at, actor=actor)
    except IntegrityError as error:
        cause = error.__cause__
        clash = _CLASHES.get(violated_constraint(cause)) if isinstance(cause, psycopg.IntegrityError) else None
        if clash is None:
            raise
        raise type(clash)(clash.detail) from error
    return shift


def _told(shift: CashShift) -> ShiftOpened:
    return ShiftOpened(
        shift_id=shift.id,
        tenant_id=tenancy.current().id,
        location_id=shift.location_id,
        drawer=shift.drawer,
        cashier_id=shift.cashier_id,
        opening_float=minor_to_decimal(shift.opening_float, shift.currency),
        currency=shift.currency,
        taken_over_from=shift.taken_over_from_id,
        opened_at=shift.opened_at,
    )
