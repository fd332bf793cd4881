"""The ledger: what is posted balances, once, for ever; and a check that names what does not agree."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from apps.billing.ledger import Account, Line, Unbalanced, get_balance, post, reverse
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import LedgerEntry, LedgerTransaction, Payment, ReceiptSequence, StayFee
from apps.core.events.publish import NotInTransaction
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate

THING = UUID(int=7)
pytestmark = pytest.mark.usefixtures("in_acme")


def moved(*amounts: tuple[str, int, str]) -> tuple[Line, ...]:
    return tuple(Line(account=account, amount=amount, currency=currency) for account, amount, currency in amounts)


def move(amount: int = 500, kind: str = "moved") -> bool:
    lines = moved((Account.CASH, amount, "INR"), (Account.ROUNDING, -amount, "INR"))
    with transaction.atomic():
        return post(kind=kind, reference=THING, lines=lines, at=ENTRY, actor=CASHIER)


def test_a_movement_is_posted_once() -> None:
    assert (move(), move(900)) == (True, False)
    assert get_balance(account=Account.CASH, currency="INR") == 500
    assert get_balance(account=Account.CASH, currency="EUR") == 0
    posted = LedgerTransaction.objects.get()
    assert (posted.kind, posted.reference, posted.occurred_at, posted.actor_name) == ("moved", THING, ENTRY, "Asha")


@pytest.mark.parametrize(
    "lines",
    [
        moved(),
        moved((Account.CASH, 0, "INR"), (Account.ROUNDING, 0, "INR")),
        moved((Account.CASH, 5, "INR")),
        moved((Account.CASH, 5, "INR"), (Account.ROUNDING, -4, "INR")),
        moved((Account.CASH, 5, "INR"), (Account.ROUNDING, -5, "EUR")),
    ],
)
def test_what_does_not_balance_is_refused(lines: tuple[Line, ...]) -> None:
    with pytest.raises(Unbalanced), transaction.atomic():
        post(kind="moved", reference=THING, lines=lines, at=ENTRY, actor=CASHIER)
    assert not LedgerTransaction.objects.exists()


@pytest.mark.usefixtures("own_database")
def test_outside_a_transaction_nothing_is_posted() -> None:
    lines = moved((Account.CASH, 5, "INR"), (Account.ROUNDING, -5, "INR"))
    with pytest.raises(NotInTransaction):
        post(kind="moved", reference=THING, lines=lines, at=ENTRY, actor=CASHIER)
    assert not LedgerTransaction.objects.exists()


def insert_crooked(amounts: dict[str, int]) -> None:
    head = LedgerTransaction.objects.create(id=new_id(), kind="forged", reference=new_id(), occurred_at=ENTRY)
    for currency, amount in amounts.items():
        LedgerEntry.objects.create(
            id=new_id(), transaction=head, account=Account.CASH, amount=amount, currency=currency
        )


def commit_crooked(amounts: dict[str, int]) -> None:
    """As a commit would find it."""
    insert_crooked(amounts)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("amounts", [{}, {"INR": 5}, {"INR": 5, "EUR": -5}])
def test_the_database_itself_refuses_what_does_not_balance(amounts: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        commit_crooked(amounts)
    assert not LedgerTransaction.objects.exists()


@pytest.mark.parametrize("model", [LedgerTransaction, LedgerEntry])
def test_nothing_posted_is_changed_or_deleted(model: type[LedgerTransaction] | type[LedgerEntry]) -> None:
    move()
    table = model._meta.db_table
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert get_balance(account=Account.CASH, currency="INR") == 500


def test_a_correction_is_the_opposite_and_happens_once() -> None:
    move()
    for again in (True, False):
        with transaction.atomic():
            taken_back = reverse(
                kind="taken_back", reference=new_id(), of_kind="moved", of_reference=THING, at=ENTRY, actor=CASHIER
            )
        assert taken_back is again
    assert get_balance(account=Account.CASH, currency="INR") == 0
    assert LedgerTransaction.objects.get(kind="taken_back").reverses == LedgerTransaction.objects.get(kind="moved")


def paid_and_unpaid(yard: Yard) -> None:
    """A paid stay, one that is owed for, one that cost nothing, one without a price."""
    make_rate(tax_rate=Decimal(18), overstay_multiplier=Decimal(2), grace_minutes=30)
    charge(yard.stay(hours=2), "47.20")
    charge(yard.stay(hours=3, allowed_until=ENTRY))
    charge(yard.stay(hours=0.1))
    charge(yard.stay(vehicle_type="truck"))


def test_fees_and_payments_are_posted_and_agree(yard: Yard) -> None:
    paid_and_unpaid(yard)
    assert "stay_charged" in next(iter(find_disagreements()))
    assert post_missing() == 3
    assert post_missing() == 0
    assert list(find_disagreements()) == []
    assert get_balance(account=Account.CASH, currency="INR", party_id=CASHIER.id) == 4_720
    owed = sum(fee.total - fee.paid for fee in StayFee.objects.filter(total__isnull=False))
    assert get_balance(account=Account.STAYS_RECEIVABLE, currency="INR") == owed > 0
    assert -get_balance(account=Account.TAX_PAYABLE, currency="INR") == sum(
        fee.tax for fee in StayFee.objects.filter(tax__isnull=False)
    )


def damaged(table: str, change: str) -> Callable[[], None]:
    def damage() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {change}")

    return damage


def forge_a_payment() -> None:
    fee = StayFee.objects.filter(total__gt=0, paid=0).get()
    StayFee.objects.filter(pk=fee.pk).update(paid=100)
    Payment.objects.create(
        id=new_id(), stay=fee, amount=100, currency="INR", method="cash", receipt_number="x", taken_at=ENTRY
    )
    ReceiptSequence.objects.update(last=2)


def forge_a_posting() -> None:
    lines = moved((Account.CASH, 5, "INR"), (Account.STAYS_RECEIVABLE, -5, "INR"))
    with transaction.atomic():
        post(kind="payment_taken", reference=THING, lines=lines, at=ENTRY, actor=CASHIER)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (damaged("billing_payment", "amount = amount - 1"), "payment_taken"),
        (damaged("billing_payment", "method = 'card'"), "on card_clearing the books have 4720 INR, the ledger 0"),
        (damaged("billing_payment", "taken_by = NULL"), "on cash"),
        (damaged("billing_stayfee", "base = base + 1, total = total + 1"), "stay_charged"),
        (damaged("billing_stayfee", "paid = paid + 1 WHERE paid > 0 AND paid < total OR paid = 0 AND total > 0"),
         "says 1 is paid, its payments brought 0"),
        (damaged("billing_receiptsequence", "last = last + 1"), "receipts: 2 numbers were given out, 1 payments"),
        (forge_a_payment, "payment_taken"),
        (forge_a_posting, f"payment_taken {THING}: on cash the books have 0 INR, the ledger 5"),
        (lambda: insert_crooked({"INR": 5}), "does not balance: 1 lines, off by 5"),
    ],
)  # fmt: skip
def test_each_damage_is_named(yard: Yard, acme: TenantRef, damage: Callable[[], None], named: str) -> None:
    paid_and_unpaid(yard)
    post_missing()
    call_command("check_ledger", tenant="acme", stdout=StringIO())
    said = StringIO()
    sane = transaction.savepoint()
    damage()
    with pytest.raises(CommandError, match="acme do not agree"):
        call_command("check_ledger", tenant="acme", stdout=said)
    assert named in said.getvalue()
    transaction.savepoint_rollback(sane)


def test_the_other_tenants_ledger_is_its_own(yard: Yard, globex: TenantRef) -> None:
    paid_and_unpaid(yard)
    said = StringIO()
    call_command("check_ledger", post_missing=True, stdout=said)
    assert "acme: 3 movements posted" in said.getvalue()
    assert "globex: 0 movements posted" in said.getvalue()
    with pytest.raises(CommandError, match="no tenant nobody"):
        call_command("check_ledger", tenant="nobody")
