"""Card, UPI and cash with change, parts of a fee, and what the operator offers where."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from apps.billing.accounts import AccountLimitExceeded, haulier_key
from apps.billing.commands.counting import MethodNotOffered, TakePayment
from apps.billing.commands.taking import ReferenceUsed
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Customer, Payment, PaymentRules, StayFee
from apps.billing.public import StayFacts, charge_stay
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, make_rate

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.fixture
def debt(yard: Yard) -> StayFacts:
    """A stay that left owing 40.00 INR."""
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    return stay


def pay(api: Api, stay: StayFacts, **change: Any) -> Reply:
    body = {"entryId": str(stay.stay_id), "amount": 40, "currency": "INR", "method": "cash"} | change
    return api.post("billing/payments", body)


@pytest.mark.parametrize(("method", "account"), [("card", Account.CARD_CLEARING), ("upi", Account.UPI_CLEARING)])
def test_a_payment_by_machine_names_it(api: SignIn, debt: StayFacts, method: str, account: Account) -> None:
    with nothing_written():
        for reference in ("", "   "):
            refused = pay(api(), debt, method=method, reference=reference)
            assert [error["field"] for error in assert_problem(refused, 422, "invalid")["errors"]] == ["reference"]
    made = pay(api(), debt, method=method, provider="till-1", reference=" 4711 ")
    assert (made.status, made.json["method"], made.json["provider"], made.json["reference"]) == (
        201,
        method,
        "till-1",
        "4711",
    )
    post_missing()
    assert get_balance(account=account, currency="INR") == 4_000
    assert list(find_disagreements()) == []


def test_a_reference_is_used_once_by_each_provider(api: SignIn, yard: Yard, debt: StayFacts) -> None:
    other = yard.stay(hours=2)
    charge(other)
    assert pay(api(), debt, method="card", provider="till-1", reference="4711").status == 201
    with nothing_written():
        assert_problem(pay(api(), other, method="card", provider="till-1", reference="4711"), 409, "reference_used")
        payment = TakePayment(method="card", amount=Decimal(20), provider="till-1", reference="4711")
        with pytest.raises(ReferenceUsed), transaction.atomic():
            charge_stay(stay=yard.stay(1), payment=payment, actor=CASHIER, at=ENTRY)
    assert pay(api(), other, method="card", provider="till-2", reference="4711").status == 201


def test_change_is_told_and_less_than_the_fee_is_not_taken(api: SignIn, debt: StayFacts) -> None:
    with nothing_written():
        assert_problem(pay(api(), debt, tendered=39.99), 409, "underpaid")
        assert_problem(pay(api(), debt, tendered=40.001), 422, "invalid")
        assert_problem(pay(api(), debt, method="card", reference="1", tendered=50), 422, "invalid")
    made = pay(api(), debt, tendered=100)
    assert (made.json["amount"], made.json["tenderedAmount"], made.json["changeAmount"]) == (40, 100, 60)
    assert api().get(made["Location"]).json["payment"]["changeAmount"] == 60


def test_a_fee_is_paid_in_parts_each_with_its_receipt(api: SignIn, debt: StayFacts) -> None:
    with nothing_written():
        assert_problem(pay(api(), debt, amount=15), 409, "underpaid")
        assert_problem(pay(api(), debt, amount=0, partial=True), 409, "underpaid")
    first = pay(api(), debt, amount=15, partial=True)
    assert (first.status, first.json["dueAmount"]) == (201, 25)
    with nothing_written():
        assert assert_problem(pay(api(), debt, partial=True), 409, "overpaid")["expectedAmount"] == 25
    rest = pay(api(), debt, amount=25, method="upi", reference="UTR1")
    assert (rest.json["dueAmount"], StayFee.objects.get().paid) == (0, 4_000)
    assert len({first.json["receiptNumber"], rest.json["receiptNumber"]}) == 2
    post_missing()
    assert list(find_disagreements()) == []


def offer(*methods: str, at: object = None) -> None:
    PaymentRules.objects.create(id=new_id(), location_id=at, methods=list(methods), version=1, changed_at=ENTRY)


def test_only_what_is_offered_there_is_taken(api: SignIn, yard: Yard, debt: StayFacts) -> None:
    offer("card", "upi")
    offer("cash", at=OTHER_YARD)
    charge(yard.stay(1))  # the rate is remembered: the exit's own statement asks
    with nothing_written():
        assert_problem(pay(api(), debt), 422, "method_not_offered")
        with pytest.raises(MethodNotOffered):
            charge(yard.stay(1), "20")
    charge(yard.stay(1, location_id=OTHER_YARD), "20")
    assert pay(api(), debt, method="card", reference="1").status == 201


def test_without_rules_of_its_own_a_place_has_those_of_all(api: SignIn, debt: StayFacts) -> None:
    PaymentRules.objects.create(id=new_id(), location_id=YARD, exit_grace_minutes=3, version=1, changed_at=ENTRY)
    offer("upi")
    with nothing_written():
        assert_problem(pay(api(), debt), 422, "method_not_offered")


def test_rules_are_changed_by_those_who_may_and_told_to_all_who_read_them(api: SignIn, yard: Yard) -> None:
    owner, call = api("owner"), "billing/payment-rules"
    assert owner.get(call).json == {
        "locationId": None, "paymentMethods": ["cash", "card", "upi", "account", "online"],
        "exitGraceMinutes": 15, "own": [], "version": 0,
    }  # fmt: skip
    with nothing_written():
        assert_problem(owner.patch(call, {"exitGraceMinutes": 5}), 428, "if_match_required")
        for body in ({"exitGraceMinutes": -1}, {"exitGraceMinutes": 1441}, {"paymentMethods": ["cash", "cash"]}):
            assert_problem(owner.patch(call, body, {"If-Match": '"0"'}), 422, "invalid")
        assert_problem(api("manager").patch(call, {"exitGraceMinutes": 5}, {"If-Match": '"0"'}), 403, "not_permitted")
    changed = owner.patch(call, {"exitGraceMinutes": 5}, {"If-Match": '"0"'})
    assert (changed.status, changed["ETag"], changed.json["own"]) == (200, '"1"', ["exitGraceMinutes"])
    with nothing_written():
        assert_problem(owner.patch(call, {"exitGraceMinutes": 6}, {"If-Match": '"0"'}), 412, "stale")
    there = owner.patch(f"{call}?locationId={YARD}", {"paymentMethods": ["upi"]}, {"If-Match": '"0"'})
    assert (there.json["paymentMethods"], there.json["exitGraceMinutes"]) == (["upi"], 5)
    back = owner.patch(f"{call}?locationId={YARD}", {"paymentMethods": None}, {"If-Match": '"1"'})
    assert (back.json["paymentMethods"], back.json["own"]) == (["cash", "card", "upi", "account", "online"], [])


def test_payments_are_listed_and_read(api: SignIn, debt: StayFacts, globex: TenantRef) -> None:
    made = [pay(api(), debt, amount=amount, partial=True).json for amount in (10, 5, 25)]
    reader = api("auditor")
    first = reader.get("billing/payments", pageSize=2)
    assert [one["amount"] for one in first.json["items"]] == [25, 5]
    second = reader.get("billing/payments", pageSize=2, cursor=first.json["nextCursor"])
    assert ([one["amount"] for one in second.json["items"]], second.json["nextCursor"]) == ([10], None)
    when = made[1]["takenAt"]
    for wanted, count in (
        ({"entryId": str(debt.stay_id)}, 3),
        ({"entryId": str(new_id())}, 0),
        ({"method": "cash", "locationId": str(YARD)}, 3),
        ({"locationId": str(OTHER_YARD)}, 0),
        ({"method": "upi"}, 0),
        ({"from": when}, 2),
        ({"to": when}, 1),
        ({"takenBy": made[0]["takenBy"]}, 3),
    ):
        assert len(reader.get("billing/payments", **wanted).json["items"]) == count, wanted
    payment = Payment.objects.order_by("id")[0]
    given = {"amount": 4, "reason": "x"}
    assert api("manager").post(f"billing/payments/{payment.id}/refund", given).status == 201
    read = reader.get(f"billing/payments/{payment.id}").json
    assert (read["amount"], read["refundableAmount"], [refund["amount"] for refund in read["refunds"]]) == (10, 6, [4])
    assert api("viewer").get("billing/payments").status == 403


def on_account(limit: int) -> Customer:
    return Customer.objects.create(
        id=new_id(), name="Tata", kind="credit", currency="INR", credit_limit=limit, transport_names=["Tata"],
        transport_keys=[haulier_key("Tata")], version=1, created_at=ENTRY,
    )  # fmt: skip


def test_a_hauliers_account_pays_at_the_exit_and_later_up_to_its_limit(
    api: SignIn, yard: Yard, debt: StayFacts
) -> None:
    customer = on_account(6_000)
    stay = yard.stay(1, transport_name="TATA")
    with transaction.atomic():
        paid = TakePayment(method="account", amount=Decimal(20))
        charged = charge_stay(stay=stay, payment=paid, actor=CASHIER, at=ENTRY)
    assert charged.payment is not None
    with nothing_written():
        assert_problem(pay(api(), debt, method="account"), 409, "no_account")
        assert_problem(pay(api(), debt, customerId=str(customer.id)), 422, "invalid")
        sixty, longer = TakePayment(method="account", amount=Decimal(60)), yard.stay(3, transport_name="tata")
        with pytest.raises(AccountLimitExceeded), transaction.atomic():
            charge_stay(stay=longer, payment=sixty, actor=CASHIER, at=ENTRY)
    made = pay(api(), debt, method="account", customerId=str(customer.id))
    assert (made.status, made.json["method"]) == (201, "account")
    assert get_balance(account=Account.HAULIER_RECEIVABLE, currency="INR", party_id=customer.id) == 6_000
    given = api("manager").post(f"billing/payments/{made.json['id']}/refund", {"amount": 10, "reason": "x"})
    assert given.status == 201
    assert get_balance(account=Account.HAULIER_RECEIVABLE, currency="INR", party_id=customer.id) == 5_000
    post_missing()
    assert list(find_disagreements()) == []
