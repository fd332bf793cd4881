"""The count that ends a shift: blind, for nobody has told the cashier what ought to be there.

The shift's row is taken alone first (docs/locking.md). So everything that holds it open has been written when its
payments are counted, and everything after finds it counted.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth.public import WRITE, has_permission
from apps.billing.amounts import minor_amount
from apps.billing.events import ShiftClosed
from apps.billing.ledger.posting import post
from apps.billing.ledger.shift_movements import SHIFT_CLOSED, count_lines
from apps.billing.models import CashShift, ShiftPayment, ShiftStatus
from apps.billing.shifts.drawers import DrawerSums, drawer_sums, payments_of
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Invalid
from apps.core.events import publish
from apps.core.money import minor_to_decimal

from .holding import NotYourShift, ShiftCounted, ShiftNotFound


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted: a sum, or notes and coins as pairs of their value and how many there are."""

    amount: Decimal | None = None
    denominations: tuple[tuple[Decimal, int], ...] | None = None

    def in_minor(self, currency: str) -> tuple[int, list[list[int]]]:
        """The sum in minor units, and the pairs with their value in minor units. Raises Invalid."""
        if (self.amount is None) == (self.denominations is None):
            raise Invalid.field("counted", "one_of_two", "Send either counted or denominations.")
        if self.amount is not None:
            return minor_amount(self.amount, currency, field="counted", least=0), []
        pairs = [
            [minor_amount(value, currency, field="denominations"), pieces]
            for value, pieces in sorted(self.denominations or (), reverse=True)
        ]
        if len({value for value, _ in pairs}) < len(pairs):
            raise Invalid.field("denominations", "duplicate", "Name each note and coin once.")
        return sum(value * pieces for value, pieces in pairs), pairs


@transaction.atomic
def count_shift(*, shift_id: UUID, count: Count, hand_over: bool, actor: Actor, at: datetime) -> CashShift:
    """Close a shift by what was counted, or hand its drawer over, at `at` (UTC); the ledger then holds it at nothing.

    Its cashier does so, or whoever may write counts, for one who went home. Raises ShiftNotFound, NotYourShift,
    ShiftCounted, Invalid.
    """
    shift = CashShift.objects.select_for_update().filter(id=shift_id).first()
    if shift is None:
        raise ShiftNotFound("Check the shift's id; it is not one of this tenant.")
    if shift.cashier_id != actor.id and not has_permission(actor=actor, resource="shift-counts", action=WRITE):
        raise NotYourShift("Its cashier counts it, or who looks after counts.")
    if not shift.is_open:
        raise ShiftCounted("A mistake is put right by a recount.")
    counted, denominations = count.in_minor(shift.currency)
    sums = _count_payments(shift)
    shift.status = ShiftStatus.HANDED_OVER if hand_over else ShiftStatus.CLOSED
    shift.closed_at = max(at, shift.opened_at)
    shift.closed_by, shift.closed_by_name = actor.id, actor.name
    shift.expected, shift.counted, shift.denominations = sums.expected, counted, denominations
    shift.save()
    lines = count_lines(shift, expected=sums.expected, counted=counted)
    if lines:
        post(kind=SHIFT_CLOSED, reference=shift.id, lines=lines, at=at, actor=actor, location_id=shift.location_id)
    publish(_told(shift, sums, counted), aggregate_id=shift.id, at=at, actor=actor)
    return shift


def _count_payments(shift: CashShift) -> DrawerSums:
    """Note which payments are counted, and add up those and no others."""
    counted = list(payments_of(shift).values_list("id", "amount"))
    ShiftPayment.objects.bulk_create([ShiftPayment(payment_id=id, shift=shift) for id, _ in counted], batch_size=1000)
    shift.status = ShiftStatus.CLOSED  # so that its payments are those just noted, whatever is written meanwhile
    return drawer_sums(shift)


def _told(shift: CashShift, sums: DrawerSums, counted: int) -> ShiftClosed:
    def amount(minor: int) -> Decimal:
        return minor_to_decimal(minor, shift.currency)

    return ShiftClosed(
        shift_id=shift.id,
        tenant_id=tenancy.current().id,
        location_id=shift.location_id,
        drawer=shift.drawer,
        cashier_id=shift.cashier_id,
        handed_over=shift.status == ShiftStatus.HANDED_OVER,
        currency=shift.currency,
        opening_float=amount(sums.opening_float),
        payments=amount(sums.payments.amount),
        customer_payments=amount(sums.customer_payments.amount),
        refunds=amount(sums.refunds.amount),
        voids=amount(sums.voids.amount),
        paid_in=amount(sums.paid_in.amount),
        expenses=amount(sums.expenses.amount),
        deposits=amount(sums.deposits.amount),
        expected=amount(sums.expected),
        counted=amount(counted),
        difference=amount(counted - sums.expected),
        opened_at=shift.opened_at,
        closed_at=shift.closed_at or shift.opened_at,
    )
