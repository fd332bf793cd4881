"""At a pay station: what the stay costs until now is taken, the vehicle may stay a while, and the exit counts it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import time_machine
from django.db import transaction

from apps.billing.commands.bills import NotCharged
from apps.billing.commands.counting import FeeUnknown, Overpaid, TakePayment, Underpaid
from apps.billing.commands.payments import AlreadyPaid, MadePayment, take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Payment, PaymentRules, Refund, StayFee
from apps.billing.public import ChargedStay, NewRates, StayFacts, charge_stay, create_rates, find_charge, quote_stay
from apps.billing.stay_accounts import PricedFrom, keep, kept_facts, lock_account
from apps.billing.tariff import activate
from apps.core.ids import new_id
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, ENTRY, YARD, Yard, make_rate

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
PACKS = Path(__file__).parent / "packs"


def after(minutes: float) -> datetime:
    return ENTRY + timedelta(minutes=minutes)


def pay(stay: StayFacts, amount: str, minutes: float, **more: Any) -> MadePayment:
    payment = TakePayment(method="cash", amount=Decimal(amount), **more)
    return take_payment(stay_id=stay.stay_id, payment=payment, actor=CASHIER, at=after(minutes))


def leave(stay: StayFacts, minutes: float, amount: str | None = None) -> ChargedStay:
    payment = None if amount is None else TakePayment(method="cash", amount=Decimal(amount))
    ended = msgspec.structs.replace(stay, exit_at=after(minutes))
    with transaction.atomic():
        return charge_stay(stay=ended, payment=payment, actor=CASHIER, at=after(minutes))


@contextmanager
def refused(error: type[Exception]) -> Iterator[Any]:
    with nothing_written(), pytest.raises(error) as raised:
        yield raised


@pytest.fixture
def parked(yard: Yard) -> StayFacts:
    """A car that came at ENTRY, at 20.00 an hour."""
    make_rate()
    return yard.stay(hours=None)


def agrees() -> bool:
    post_missing()
    return list(find_disagreements()) == []


def test_what_is_due_until_now_is_taken_and_the_hour_that_was_paid_for_may_be_used(parked: StayFacts) -> None:
    made = pay(parked, "40", 61)
    assert (made.left, made.paid_until) == (0, after(120))
    account = StayFee.objects.get()
    assert (account.is_open, account.paid, account.revision) == (True, 4_000, 1)
    left = leave(parked, 120)
    assert (left.paid_before, left.due, left.refundable, left.payment) == (4_000, 0, 0, None)
    assert StayFee.objects.get().total == 4_000
    assert agrees()


@pytest.mark.parametrize(("minutes", "due"), [(70, 0), (73, 0), (74, 20)])
def test_the_exit_grace_is_free_and_what_overruns_it_costs_the_whole_stay_less_what_was_paid(
    parked: StayFacts, minutes: int, due: int
) -> None:
    made = pay(parked, "20", 58)
    assert made.paid_until == after(73)
    if due:
        with refused(Underpaid) as raised, transaction.atomic():
            leave(parked, minutes, "1")
        assert raised.value.facts["expectedAmount"] == due
    left = leave(parked, minutes, str(due) if due else None)
    assert (left.paid_before, left.due) == (2_000, due * 100)
    assert left.fee is not None
    assert [line.code for line in left.fee.breakdown.lines if line.code == "exit_grace"] == (
        [] if due else ["exit_grace"]
    )
    assert left.fee.total_amount == 20 + due
    assert find_charge(stay_id=parked.stay_id) == left
    assert agrees()


def test_the_operator_decides_how_long_the_grace_is(parked: StayFacts) -> None:
    for location_id, grace, until in ((None, 30, 88), (YARD, 5, 63)):
        PaymentRules.objects.create(
            id=new_id(), location_id=location_id, exit_grace_minutes=grace, version=1, changed_at=ENTRY
        )
        with transaction.atomic():
            assert pay(parked, "20", 58).paid_until == after(until)
            transaction.set_rollback(True)


def test_a_second_payment_takes_what_has_come_since(parked: StayFacts) -> None:
    pay(parked, "20", 58)
    with refused(AlreadyPaid):
        pay(parked, "20", 73)
    made = pay(parked, "20", 74)
    assert made.paid_until == after(120)
    assert kept_facts(StayFee.objects.get()).paid_at == (after(58), after(74))
    assert leave(parked, 121, "20").paid_before == 4_000
    assert (StayFee.objects.get().total, StayFee.objects.get().paid) == (6_000, 6_000)
    assert agrees()


@pytest.mark.parametrize(
    ("amount", "minutes", "error"), [("20", 61, Underpaid), ("41", 61, Overpaid), ("0", 1, Underpaid)]
)
def test_another_amount_than_is_due_now_is_refused_with_the_present_one(
    parked: StayFacts, amount: str, minutes: int, error: type[Exception]
) -> None:
    with refused(error) as raised:
        pay(parked, amount, minutes)
    assert raised.value.facts["expectedAmount"] == (40 if minutes == 61 else 20)


def test_a_part_of_it_would_let_nobody_out(parked: StayFacts) -> None:
    with refused(Underpaid):
        pay(parked, "10", 61, partial=True)


def test_a_stay_without_a_price_or_never_charged_takes_nothing(yard: Yard) -> None:
    with refused(FeeUnknown):
        pay(yard.stay(hours=None), "20", 5)
    make_rate()
    with refused(NotCharged):
        pay(yard.stay(hours=1), "20", 61)


@pytest.fixture
def tychy(yard: Yard) -> StayFacts:
    """Park and ride of Tychy: 2.00 for 12 hours with a ticket, 15 minutes to leave, then 2.00 a quarter."""
    pack = msgspec.json.decode((PACKS / "tychy.json").read_bytes())
    plan = activate(msgspec.json.encode(next(iter(pack["plans"].values()))["plan"] | {"currency": "INR"}))
    create_rates(rates=NewRates(vehicle_type="car", plan=plan), actor=CASHIER, at=ENTRY - timedelta(days=30))
    return yard.stay(hours=None, facts={"railTicket": True})


def test_a_plan_that_says_what_holds_after_a_payment_decides(tychy: StayFacts) -> None:
    made = pay(tychy, "2", 60)
    assert made.paid_until == after(75) + timedelta(seconds=59)  # the plan counts whole minutes
    assert leave(tychy, 75).due == 0
    assert StayFee.objects.get().total == 200


@pytest.mark.parametrize(("minutes", "due"), [(76, 200), (91, 400)])
def test_overrunning_the_plans_grace_costs_what_the_plan_says(tychy: StayFacts, minutes: int, due: int) -> None:
    pay(tychy, "2", 60)
    left = leave(tychy, minutes, str(due // 100))
    assert (left.paid_before, left.due) == (200, due)
    assert agrees()


def test_a_gate_that_reports_an_earlier_exit_still_lets_it_out(parked: StayFacts) -> None:
    pay(parked, "40", 61)
    left = leave(parked, 59)
    assert (left.due, left.refundable) == (0, 2_000)


def test_what_was_paid_too_much_is_named_and_goes_back_first(api: SignIn, parked: StayFacts) -> None:
    pay(parked, "40", 61)
    leave(parked, 59)
    payment = Payment.objects.get()
    account = api().get(f"billing/stays/{parked.stay_id}/account").json
    assert (account["paidAmount"], account["dueAmount"], account["refundableAmount"]) == (40, 0, 20)
    given = refund_payment(payment_id=payment.id, amount=Decimal(25), reason="short stay", actor=CASHIER, at=after(60))
    assert (given.amount, given.surplus) == (2_500, 2_000)
    fee = StayFee.objects.get()
    assert (fee.total, fee.paid) == (2_000, 2_000)
    assert agrees()


@pytest.mark.parametrize("way", ["void", "refund"])
def test_a_payment_that_is_taken_back_before_the_exit_is_due_again(parked: StayFacts, way: str) -> None:
    pay(parked, "20", 30)
    pay(parked, "20", 76)
    last = Payment.objects.order_by("-id")[0]
    if way == "void":
        void_payment(payment_id=last.id, reason="wrong car", actor=CASHIER, at=after(77))
    else:
        refund_payment(payment_id=last.id, amount=Decimal(20), reason="wrong car", actor=CASHIER, at=after(77))
        assert Refund.objects.get().surplus == 2_000
    kept = kept_facts(StayFee.objects.get())
    assert (kept.paid_at, kept.paid_until) == ((after(30),), after(30))
    left = leave(parked, 78, "20")
    assert (left.paid_before, left.due) == (2_000, 2_000)
    assert agrees()


def test_what_others_told_of_the_stay_is_kept(parked: StayFacts) -> None:
    with transaction.atomic():
        keep(lock_account(parked, currency="INR", at=ENTRY), PricedFrom(facts={"payloadKg": 7}))
    pay(parked, "20", 30)
    assert kept_facts(StayFee.objects.get()).facts == {"payloadKg": 7}


def test_the_quote_and_the_account_tell_of_it(api: SignIn, parked: StayFacts) -> None:
    pay(parked, "20", 58)
    assert quote_stay(stay=parked, at=after(73)).fee is not None
    with time_machine.travel(after(65), tick=False):
        account = api().get(f"billing/stays/{parked.stay_id}/account")
    assert account.status == 200
    assert account.json | {"payments": [], "fee": None} == {
        "entryId": str(parked.stay_id),
        "isParked": True,
        "currency": "INR",
        "fee": None,
        "unpricedReason": None,
        "paidAmount": 20,
        "dueAmount": 0,
        "refundableAmount": 0,
        "paidUntil": after(73).astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "paymentMethods": ["cash", "card", "upi", "account"],
        "payments": [],
    }
    assert [payment["refundableAmount"] for payment in account.json["payments"]] == [20]


def test_a_pay_station_is_told_over_http(api: SignIn, parked: StayFacts) -> None:
    body = {"entryId": str(parked.stay_id), "amount": 20, "currency": "INR", "method": "cash", "tendered": 50}
    with time_machine.travel(after(50), tick=False):
        gate = api()
        with nothing_written():
            assert (
                assert_problem(gate.post("billing/payments", body | {"amount": 30}), 409, "overpaid")["expectedAmount"]
                == 20
            )
        made = gate.post("billing/payments", body)
    assert made.status == 201
    assert (made.json["dueAmount"], made.json["tenderedAmount"], made.json["changeAmount"]) == (0, 50, 30)
    assert made.json["paidUntil"] == after(65).isoformat().replace("+00:00", "Z")
