"""What ought to lie in a drawer, and why: the sums of a shift."""

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q, QuerySet, Sum

from apps.billing.models import (
    CashShift,
    CustomerPayment,
    IncidentCause,
    Method,
    MovementKind,
    Payment,
    Refund,
    RefundKind,
    ShiftStatus,
)


class Part(msgspec.Struct, frozen=True):
    """How often, and how much in all, in minor units."""

    times: int = 0
    amount: int = 0

    def and_also(self, other: "Part") -> "Part":
        """Both together."""
        return Part(self.times + other.times, self.amount + other.amount)


class DrawerSums(msgspec.Struct, frozen=True, kw_only=True):
    """What came into a drawer and left it since its float; what left it is above zero here too."""

    opening_float: int
    payments: Part
    customer_payments: Part
    refunds: Part
    voids: Part
    paid_in: Part
    expenses: Part
    deposits: Part
    lost_tickets: Part
    manual_opens: Part

    @property
    def expected(self) -> int:
        """What ought to lie in the drawer, in minor units."""
        came = self.opening_float + self.payments.amount + self.customer_payments.amount + self.paid_in.amount
        return came - self.refunds.amount - self.voids.amount - self.expenses.amount - self.deposits.amount


def list_waiting(*, location_id: UUID | None = None, drawer: str | None = None) -> list[CashShift]:
    """Drawers within reach that were handed over and not taken yet, the oldest first."""
    waiting = CashShift.objects.filter(status=ShiftStatus.HANDED_OVER, taken_over_by=None).order_by("closed_at")
    if location_id is not None:
        waiting = waiting.filter(location_id=location_id, drawer=drawer)
    return list(waiting)


def payments_of(shift: CashShift) -> QuerySet[Payment]:
    """The cash payments of a shift, the oldest first, at whichever location they were taken.

    Of a counted shift those that its count has counted. Of an open one those that its cashier has taken since it was
    opened, and those that were still under way when the cashier's shift before was counted.
    """
    # not Payment.objects: the drawer holds what its cashier took, also beyond the reach of who counts it
    payments: QuerySet[Payment] = QuerySet(Payment).order_by("taken_at", "id")
    if not shift.is_open:
        return payments.filter(counted_in__shift=shift)
    since = Q(taken_at__gte=shift.opened_at)
    counted: QuerySet[CashShift] = QuerySet(CashShift).exclude(status=ShiftStatus.OPEN)
    if last := counted.filter(cashier_id=shift.cashier_id).order_by("-opened_at").first():
        since |= Q(taken_at__gte=last.opened_at, taken_at__lt=last.closed_at)
    return payments.filter(
        since, method=Method.CASH, taken_by=shift.cashier_id, currency=shift.currency, counted_in=None
    )


def drawer_sums(shift: CashShift) -> DrawerSums:
    """The sums of a shift as they are now."""
    given = _by_kind(QuerySet(Refund).filter(shift=shift), "kind")
    moved = _by_kind(shift.movements.all(), "kind")
    lost = shift.incidents.filter(cause=IncidentCause.LOST_TICKET).values_list("stay_id", flat=True)
    payments = payments_of(shift)
    return DrawerSums(
        opening_float=shift.opening_float,
        payments=_sum(payments),
        customer_payments=_sum(QuerySet(CustomerPayment).filter(shift=shift)),
        refunds=given.get(RefundKind.REFUND, Part()),
        voids=given.get(RefundKind.VOID, Part()).and_also(_sum(QuerySet(CustomerPayment).filter(void__shift=shift))),
        paid_in=moved.get(MovementKind.PAY_IN, Part()),
        expenses=moved.get(MovementKind.EXPENSE, Part()),
        deposits=moved.get(MovementKind.DEPOSIT, Part()),
        lost_tickets=Part(len(lost), _sum(payments.filter(stay_id__in=list(lost))).amount),
        manual_opens=Part(shift.incidents.filter(cause=IncidentCause.MANUAL_OPEN).count()),
    )


def _sum(rows: QuerySet[Any]) -> Part:
    found = rows.order_by().aggregate(times=Count("pk"), amount=Sum("amount"))
    return Part(found["times"], int(found["amount"] or 0))


def _by_kind(rows: QuerySet[Any], kind: str) -> dict[str, Part]:
    found = rows.order_by().values_list(kind).annotate(Count("pk"), Sum("amount"))
    return {name: Part(times, int(amount)) for name, times, amount in found}
