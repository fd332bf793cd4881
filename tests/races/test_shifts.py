"""The count against payments and refunds: each is in one shift, and what is in it is in its expected sum."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.billing.commands.refunds import refund_payment
from apps.billing.commands.shifts import Count, count_shift, open_shift, take_over_shift
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import CashShift, Payment, ReceiptSequence, Refund, ShiftPayment
from apps.billing.shifts.drawers import payments_of
from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, YARD, Yard, charge, make_rate, yard
from tests.races.rivals import Rivals, at_once, gained, held, refusals

pytestmark = pytest.mark.usefixtures("own_database")
OPENED = ENTRY
AT = ENTRY + timedelta(hours=2)
CLOSED = ENTRY + timedelta(hours=4)
NEXT = Actor(kind=ActorKind.USER, id=new_id(), name="Noor", role="operator")
__all__ = ["yard"]


# What keeps a count from committing after it has written the shift: it waits for whoever posts the same
_POSTED_BY_A_RIVAL = """
WITH movement AS (
    INSERT INTO {schema}.billing_ledgertransaction (id, kind, reference, occurred_at, actor_name)
    VALUES (gen_random_uuid(), 'shift_closed', '{shift}', now(), '') RETURNING id
)
INSERT INTO {schema}.billing_ledgerentry (id, transaction_id, account, currency, amount)
SELECT gen_random_uuid(), movement.id, account, 'INR', amount
FROM movement, (VALUES ('cash', 1), ('safe', -1)) AS line (account, amount)
"""


def opened(actor: Actor = CASHIER, drawer: str = "1") -> UUID:
    shift = open_shift(location_id=YARD, drawer=drawer, opening_float=Decimal(100), actor=actor, at=OPENED)
    return shift.id


def counted(shift_id: UUID, amount: int = 100, *, hand_over: bool = False, at: Any = CLOSED) -> CashShift:
    return count_shift(
        shift_id=shift_id, count=Count(amount=Decimal(amount)), hand_over=hand_over, actor=CASHIER, at=at
    )


def a_payment(yard: Yard, *, required: bool) -> Callable[[], Any]:
    """40.00 in cash for a stay that leaves while the shift is open."""
    stay = yard.stay(hours=2, shift_required=required)
    return lambda: charge(stay, "40", at=AT)


def books_agree() -> bool:
    post_missing()
    return list(find_disagreements()) == []


def receipts_held(acme: TenantRef) -> Any:
    """Payments come as far as their receipt number and stay there, uncommitted."""
    ReceiptSequence.objects.get_or_create(year=AT.year, defaults={"last": 1})
    return held(f"SELECT 1 FROM {acme.schema}.billing_receiptsequence FOR UPDATE")


def test_control_a_payment_under_way_is_not_in_a_sum_that_does_not_wait(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    shift = CashShift.objects.get(id=opened())
    rivals = Rivals(in_acme)
    with receipts_held(in_acme) as wait_for:
        rivals.start(a_payment(yard, required=True))
        wait_for(1)
        assert payments_of(shift).count() == 0
    rivals.outcomes()
    assert payments_of(shift).get().taken_at < CLOSED  # and so of a shift whose sum lacks it


def test_the_count_waits_for_the_payment_that_is_under_way(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    shift_id, rivals = opened(), Rivals(in_acme)
    with receipts_held(in_acme) as wait_for:
        rivals.start(a_payment(yard, required=True))
        wait_for(1)
        rivals.start(lambda: counted(shift_id))
        wait_for(2)
    paid, shift = rivals.outcomes()
    assert not isinstance(paid, Exception)
    assert shift.expected == 10_000 + 4_000
    assert ShiftPayment.objects.get().shift_id == shift_id


def test_what_is_taken_is_counted_and_the_rest_is_refused(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    shift_id = opened()
    acts = [a_payment(yard, required=True) for _ in range(5)]
    outcomes = at_once(in_acme, *acts, lambda: counted(shift_id))
    shift = CashShift.objects.get()
    assert set(refusals(outcomes)) <= {"no_open_shift"}
    assert len(gained(outcomes)) - 1 == Payment.objects.count() == ShiftPayment.objects.count()
    assert shift.expected == 10_000 + 4_000 * Payment.objects.count()


def test_where_no_shift_is_required_a_late_payment_is_of_the_next_shift(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    first, rivals = opened(), Rivals(in_acme)
    with receipts_held(in_acme) as wait_for:
        rivals.start(a_payment(yard, required=False))
        wait_for(1)
        assert counted(first).expected == 10_000
    rivals.outcomes()
    second = open_shift(location_id=YARD, drawer="1", opening_float=Decimal(0), actor=CASHIER, at=CLOSED)
    assert counted(second.id, at=CLOSED + timedelta(hours=1)).expected == 4_000
    assert ShiftPayment.objects.get().shift_id == second.id
    ReceiptSequence.objects.update(last=1)  # the row that was held had counted one already
    assert books_agree()


def test_of_counts_at_once_one_counts(in_acme: TenantRef, yard: Yard) -> None:
    shift_id = opened()
    outcomes = at_once(in_acme, *[lambda: counted(shift_id)] * 4)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["shift_counted"] * 3)
    assert books_agree()


def test_control_before_the_row_is_there_all_find_the_drawer_free(in_acme: TenantRef, yard: Yard) -> None:
    looked = threading.Barrier(3)

    def look() -> bool:
        free = not CashShift.objects.filter(drawer="1", status="open").exists()
        looked.wait(30)
        return free

    assert at_once(in_acme, *[look] * 3) == [True] * 3


def test_of_cashiers_at_one_drawer_one_opens_it(in_acme: TenantRef, yard: Yard) -> None:
    people = [Actor(kind=ActorKind.USER, id=new_id(), name=name) for name in "abc"]
    outcomes = at_once(in_acme, *[lambda who=who: opened(who) for who in people])
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["drawer_taken"] * 2)


def test_a_cashier_opens_one_drawer(in_acme: TenantRef, yard: Yard) -> None:
    outcomes = at_once(in_acme, *[lambda drawer=drawer: opened(drawer=drawer) for drawer in "abc"])
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["shift_already_open"] * 2)


def test_a_drawer_is_taken_over_once(in_acme: TenantRef, yard: Yard) -> None:
    shift_id = opened()
    counted(shift_id, hand_over=True)
    people = [Actor(kind=ActorKind.USER, id=new_id(), name=name) for name in "abc"]
    outcomes = at_once(
        in_acme, *[lambda who=who: take_over_shift(from_shift_id=shift_id, actor=who, at=CLOSED) for who in people]
    )
    assert len(gained(outcomes)) == 1
    assert set(refusals(outcomes)) <= {"not_handed_over", "drawer_taken"}
    assert books_agree()


def test_a_drawer_that_is_just_handed_over_is_not_opened_anew(in_acme: TenantRef, yard: Yard) -> None:
    """Who opens it waits for the row of the open shift, and then finds the drawer waiting."""
    shift_id, rivals = opened(), Rivals(in_acme)
    with held(_POSTED_BY_A_RIVAL.format(schema=in_acme.schema, shift=shift_id)) as wait_for:
        rivals.start(lambda: counted(shift_id, hand_over=True))
        wait_for(1)
        rivals.start(lambda: open_shift(location_id=YARD, drawer="1", opening_float=Decimal(0), actor=NEXT, at=CLOSED))
        wait_for(2)
    handed, anew = rivals.outcomes()
    assert handed.status == "handed_over"
    assert anew.code == "drawer_handed_over"
    assert CashShift.objects.count() == 1


def test_a_refund_is_of_the_shift_or_after_it(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    a_payment(yard, required=False)()
    shift_id, payment_id = opened(), Payment.objects.get().id
    outcomes = at_once(
        in_acme,
        lambda: refund_payment(payment_id=payment_id, amount=Decimal(5), reason="x", actor=CASHIER, at=AT),
        lambda: counted(shift_id),
    )
    assert refusals(outcomes) == []
    given = Refund.objects.get().shift_id
    assert CashShift.objects.get().expected == 14_000 - (500 if given == shift_id else 0)
    assert books_agree()
