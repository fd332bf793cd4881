"""A week at the till: a drawer counted each evening, one evening short for reasons that were told, one drawer open now.

People come back to the till to pay what they owe of stays that ended; each day's cashier takes that from some of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.commands.shifts import Count, count_shift, move_cash, open_shift, recount_shift, report_incident
from apps.billing.commands.taking import TakenPayment
from apps.billing.models import CashShift, IncidentCause, MovementKind, StayFee
from apps.billing.shifts.drawers import drawer_sums
from apps.billing.stays import list_haulier_stays
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.money import minor_to_decimal

from .plans import BooksPlan

OPENS, CLOSES = time(9), time(17)
PAYERS_A_DAY, ON_ACCOUNT = 8, 5
WAYS = ("cash", "upi", "cash", "card", "cash", "cash")
OPEN_FOR = timedelta(hours=2)
_COUNTED_AGAIN = "A note lay under the tray."


def work_at_the_till(plan: BooksPlan, *, location_id: UUID, staff: Mapping[str, Actor], at: datetime) -> None:
    """The days before `at` (UTC) by the cashier, and the drawer that the operator has open now."""
    owner = staff["owner"]
    manager = staff.get("manager", owner)
    today = at.astimezone(_zone()).date()
    firms = (plan.credit.name, plan.prepaid.name)
    of_firms = {name: list(list_haulier_stays(name, since=at - timedelta(days=7), until=at)) for name in firms}
    others = {stay_id for stay_ids in of_firms.values() for stay_id in stay_ids}
    for number, difference in enumerate(plan.differences):
        day = today - timedelta(days=len(plan.differences) - number)
        debts = _debts(location_id, before=datetime.combine(day, OPENS, _zone()), but=others)
        if not debts:  # the history begins later
            continue
        is_last = number == len(plan.differences) - 1
        shift = _work_a_day(
            plan, location_id, debts, day=day, cashier=staff["cashier"], manager=manager if is_last else None
        )
        _close(plan, shift, difference, day=day, cashier=staff["cashier"], manager=None if is_last else manager)
    _stand_at_the_drawer(plan, location_id, of_firms, actor=staff.get("operator", owner), but=others, at=at)


def _work_a_day(
    plan: BooksPlan, location_id: UUID, debts: Sequence[StayFee], *, day: date, cashier: Actor, manager: Actor | None
) -> CashShift:
    """A shift with its payments; with a `manager` also what went wrong in it, and what that one gave back."""
    opens = datetime.combine(day, OPENS, _zone())
    shift = open_shift(
        location_id=location_id, drawer="1", opening_float=plan.opening_float, actor=cashier, at=opens
    )  # fmt: skip
    taken = [
        _take(fee, way, actor=cashier, at=opens + timedelta(minutes=25 + 50 * place))
        for place, (fee, way) in enumerate(zip(debts[:PAYERS_A_DAY], cycle(WAYS), strict=False))
    ]
    if manager is not None:
        cash = [payment for payment in taken if payment.method == "cash"]
        _go_wrong(plan, cash, shift, cashier=cashier, manager=manager)
    else:
        noon = opens + timedelta(hours=4)
        move_cash(
            shift_id=shift.id,
            kind=MovementKind.EXPENSE,
            amount=plan.expense,
            reason="Rolls for the receipt printer",
            actor=cashier,
            at=noon,
        )
    return shift


def _go_wrong(
    plan: BooksPlan, cash: Sequence[TakenPayment], shift: CashShift, *, cashier: Actor, manager: Actor
) -> None:
    """A lost ticket, a barrier opened by hand, a part given back and a payment undone, each with its reason."""
    if len(cash) < 3:
        return
    lost, dear, wrong = cash[:3]
    report_incident(
        shift_id=shift.id,
        cause=IncidentCause.LOST_TICKET,
        stay_id=lost.stay_id,
        gate="",
        reason="The driver had no ticket; found by the plate.",
        actor=cashier,
        at=lost.taken_at,
    )
    report_incident(
        shift_id=shift.id,
        cause=IncidentCause.MANUAL_OPEN,
        stay_id=None,
        gate=plan.exit_gate,
        reason="The reader was dark after the power cut.",
        actor=cashier,
        at=lost.taken_at + timedelta(minutes=10),
    )
    half = minor_to_decimal(dear.amount // 200 * 100, dear.currency)
    if half:
        refund_payment(
            payment_id=dear.id,
            amount=half,
            reason="He waited two hours for the crane.",
            actor=manager,
            at=dear.taken_at + timedelta(minutes=15),
            shift_id=shift.id,
        )
    void_payment(
        payment_id=wrong.id,
        reason="Taken for the wrong plate.",
        actor=manager,
        at=wrong.taken_at + timedelta(minutes=3),
        shift_id=shift.id,
    )


def _close(
    plan: BooksPlan, shift: CashShift, difference: Decimal, *, day: date, cashier: Actor, manager: Actor | None
) -> None:
    """Count what lies there in the evening; what is short is counted again by the manager, where there is one."""
    closes = datetime.combine(day, CLOSES, _zone())
    expected = minor_to_decimal(drawer_sums(shift).expected, shift.currency)
    counted = Count(amount=max(expected + difference, Decimal(0)))
    count_shift(shift_id=shift.id, count=counted, hand_over=False, actor=cashier, at=closes)
    if manager is not None and difference < 0:
        recount_shift(
            shift_id=shift.id,
            count=Count(amount=expected),
            reason=_COUNTED_AGAIN,
            actor=manager,
            at=closes + timedelta(minutes=20),
        )


def _stand_at_the_drawer(
    plan: BooksPlan,
    location_id: UUID,
    of_firms: Mapping[str, Collection[UUID]],
    *,
    actor: Actor,
    but: Collection[UUID],
    at: datetime,
) -> None:
    """A drawer that is open: with its change, what people have paid by all ways, and what firms have put on account."""
    opened = at - OPEN_FOR
    shift = open_shift(
        location_id=location_id, drawer="2", opening_float=plan.opening_float, actor=actor, at=opened
    )  # fmt: skip
    for place, (fee, way) in enumerate(
        zip(_debts(location_id, before=opened, but=but)[:PAYERS_A_DAY], cycle(WAYS), strict=False)
    ):
        _take(fee, way, actor=actor, at=opened + timedelta(minutes=8 + 12 * place))
    for stay_ids in of_firms.values():
        for place, fee in enumerate(_unpaid().filter(stay_id__in=list(stay_ids)).order_by("ended_at")[:ON_ACCOUNT]):
            _take(fee, "account", actor=actor, at=opened + timedelta(minutes=19 * place + 5))
    move_cash(
        shift_id=shift.id,
        kind=MovementKind.PAY_IN,
        amount=plan.opening_float / 4,
        reason="Coins for change",
        actor=actor,
        at=at - timedelta(minutes=30),
    )


def _take(fee: StayFee, method: str, *, actor: Actor, at: datetime) -> TakenPayment:
    due = minor_to_decimal((fee.total or 0) - fee.paid, fee.currency)
    reference = "" if method in ("cash", "account") else f"{method.upper()}-{fee.stay_id.hex[-10:].upper()}"
    payment = TakePayment(method=method, amount=due, reference=reference)
    return take_payment(stay_id=fee.stay_id, payment=payment, actor=actor, at=at).payment


def _debts(location_id: UUID, *, before: datetime, but: Collection[UUID]) -> Sequence[StayFee]:
    """What the last vehicles that left before an instant have left unpaid, the latest first."""
    fees = _unpaid().filter(location_id=location_id, ended_at__lt=before, ended_at__gte=before - timedelta(days=5))
    return list(fees.exclude(stay_id__in=list(but)).order_by("-ended_at")[: PAYERS_A_DAY * 2])


def _unpaid() -> QuerySet[StayFee]:
    return StayFee.objects.filter(total__gt=0, paid=0)


def _zone() -> ZoneInfo:
    return ZoneInfo(tenancy.current().timezone)
