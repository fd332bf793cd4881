"""Ledger, payments and shift counts agree; whatever is forged is named, and what was counted is not changed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing.commands.shifts import Count, count_shift, move_cash, open_shift, recount_shift
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import CashShift, MovementKind, Payment, ShiftIncident, ShiftPayment, ShiftRecount
from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id
from tests.billing.conftest import CASHIER, ENTRY, YARD, Yard, charge, make_rate

MANAGER = Actor(kind=ActorKind.USER, id=new_id(), name="Mara", role="manager")
LATER = ENTRY + timedelta(hours=4)
pytestmark = pytest.mark.usefixtures("in_acme")


def begun(at: object = ENTRY) -> UUID:
    return open_shift(location_id=YARD, drawer="1", opening_float=Decimal(100), actor=CASHIER, at=at).id  # type: ignore[arg-type]


@pytest.fixture
def counted(yard: Yard) -> CashShift:
    """100 float, 40 paid, 30 to the safe: 110 expected, 105 counted, 108 counted again."""
    make_rate()
    shift_id = begun()
    charge(yard.stay(hours=2), "40")
    move_cash(shift_id=shift_id, kind=MovementKind.DEPOSIT, amount=Decimal(30), reason="safe", actor=CASHIER, at=LATER)
    count_shift(shift_id=shift_id, count=Count(amount=Decimal(105)), hand_over=False, actor=CASHIER, at=LATER)
    recount_shift(shift_id=shift_id, count=Count(amount=Decimal(108)), reason="again", actor=MANAGER, at=LATER)
    post_missing()
    return CashShift.objects.get(id=shift_id)


def test_after_a_count_the_cashier_holds_nothing(counted: CashShift) -> None:
    assert list(find_disagreements()) == []
    assert get_balance(account=Account.CASH, currency="INR", party_id=CASHIER.id) == 0
    assert get_balance(account=Account.CASH_OVER_SHORT, currency="INR") == 200
    assert get_balance(account=Account.SAFE, currency="INR") == -10_000 + 3_000 + 10_800


def count_a_strangers_payment(counted: CashShift) -> None:
    payment = Payment.objects.get()
    Payment.objects.filter(id=payment.id).update(taken_by=MANAGER.id)


def forget_a_movement(counted: CashShift) -> None:
    counted.movements.model.objects.create(
        id=new_id(), shift=counted, kind=MovementKind.EXPENSE, amount=500, reason="x", moved_at=LATER
    )


def count_once_more_unposted(counted: CashShift) -> None:
    ShiftRecount.objects.create(id=new_id(), shift=counted, number=2, counted=11_000, reason="x", recounted_at=LATER)


def open_another_unposted(counted: CashShift) -> None:
    CashShift.objects.create(
        id=new_id(), location_id=YARD, drawer="9", cashier_id=MANAGER.id, cashier_name="Mara", currency="INR",
        opening_float=700, opened_at=LATER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (count_a_strangers_payment, "was counted in shift"),
        (forget_a_movement, "expected 11000, its float, payments, refunds and movements come to 10500"),
        (forget_a_movement, "on cash the books have -500 INR, the ledger 0"),
        (count_once_more_unposted, "shift_recounted"),
        (open_another_unposted, "shift_opened"),
    ],
)
def test_what_is_forged_is_named(counted: CashShift, damage: Callable[[CashShift], None], named: str) -> None:
    damage(counted)
    assert any(named in words for words in find_disagreements()), list(find_disagreements())


@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "table",
    ["billing_cashshift", "billing_shiftpayment", "billing_shiftmovement", "billing_shiftrecount"],
)
def test_what_was_counted_is_not_changed(counted: CashShift, table: str, change: str) -> None:
    change = change.replace("id = id", "shift_id = shift_id") if table == "billing_shiftpayment" else change
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


def test_a_report_stays_and_an_open_shift_is_not_deleted(yard: Yard) -> None:
    shift_id = begun()
    ShiftIncident.objects.create(
        id=new_id(), shift_id=shift_id, cause="manual_open", reason="ambulance", reported_at=LATER
    )
    for table in ("billing_shiftincident", "billing_cashshift"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")


def test_a_payment_is_counted_once(counted: CashShift, yard: Yard) -> None:
    second = begun(LATER)
    payment = Payment.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ShiftPayment.objects.create(payment=payment, shift_id=second)


def test_shifts_of_a_cashier_never_overlap(counted: CashShift) -> None:
    with pytest.raises(IntegrityError, match="shifts_of_a_cashier_never_overlap"), transaction.atomic():
        CashShift.objects.create(
            id=new_id(), location_id=YARD, drawer="9", cashier_id=CASHIER.id, cashier_name="Asha", currency="INR",
            opening_float=0, opened_at=ENTRY + timedelta(hours=1),
        )  # fmt: skip
