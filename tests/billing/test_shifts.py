"""A cash shift: opened with a float, worked at, counted blind; then what was expected, and why, is told."""

from typing import Any

import pytest

from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import CashShift
from apps.core import tenancy
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.till import SignIn, Till
from tests.refusals import assert_problem, nothing_written

ACCOUNTS = (Account.CASH, Account.SAFE, Account.CASH_OVER_SHORT, Account.EXPENSES, Account.REFUNDS)


@pytest.fixture
def till(api: SignIn, acme: TenantRef) -> Till:
    return Till.at_a_site(api)


def balances(acme: TenantRef) -> dict[str, int]:
    """What the accounts of cash hold in minor units, once everything is posted; the books agree."""
    with tenancy.enter(acme):
        post_missing()
        assert list(find_disagreements()) == []
        held = {account.value: get_balance(account=account, currency="INR") for account in ACCOUNTS}
        return {account: amount for account, amount in held.items() if amount}


def a_day(till: Till) -> str:
    """A shift of the operator with something of everything; 500 + 4 × 20 + 100 − 20 − 5 − 30 − 400 = 225 expected."""
    shift = till.open()
    lost = till.enter()
    report = {"cause": "lost_ticket", "entryId": lost, "reason": "could not find it"}
    assert till.api().post(f"billing/shifts/{shift}/incidents", report).status == 201
    till.paid(entry=lost)
    till.paid()
    assert till.give_back(till.paid(), "void").status == 201
    assert till.give_back(till.paid(), "refund").status == 201
    for kind, amount in (("pay_in", 100), ("expense", 30), ("deposit", 400)):
        assert till.move(shift, kind, amount).status == 201
    opened = {"cause": "manual_open", "reason": "ambulance"}
    assert till.api().post(f"billing/shifts/{shift}/incidents", opened).status == 201
    return shift


def test_a_day_is_counted_and_told_by_cause(till: Till, acme: TenantRef) -> None:
    closed = till.close(a_day(till), 220)

    assert closed.status == 200, closed
    told = closed.json
    assert (told["status"], told["expected"], told["counted"], told["difference"]) == ("closed", 225, 220, -5)
    assert told["sums"] == {
        "openingFloat": 500,
        "payments": {"times": 4, "amount": 80},
        "customerPayments": {"times": 0, "amount": 0},
        "refunds": {"times": 1, "amount": 5},
        "voids": {"times": 1, "amount": 20},
        "paidIn": {"times": 1, "amount": 100},
        "expenses": {"times": 1, "amount": 30},
        "deposits": {"times": 1, "amount": 400},
        "expected": 225,
    }
    assert told["causes"] == [
        {"cause": "void", "times": 1, "amount": 20},
        {"cause": "refund", "times": 1, "amount": 5},
        {"cause": "lost_ticket", "times": 1, "amount": 20},
        {"cause": "manual_open", "times": 1, "amount": None},
    ]
    assert (told["paymentCount"], len(told["payments"]), len(told["refunds"]), len(told["incidents"])) == (4, 4, 2, 2)
    assert balances(acme) == {"safe": 2_000, "cash_over_short": 500, "expenses": 3_000, "refunds": 500}


def test_the_events_say_the_same(till: Till, acme: TenantRef) -> None:
    shift = a_day(till)
    till.close(shift, 225)

    with tenancy.enter(acme):
        opened, closed = Event.objects.filter(aggregate_id=shift).order_by("aggregate_version")
    assert (opened.type, opened.data["openingFloat"], opened.data["drawer"]) == ("ShiftOpened", 500, "Booth 1")
    assert closed.type == "ShiftClosed"
    parts = ("payments", "refunds", "voids", "paidIn", "expenses", "deposits", "expected", "counted", "difference")
    assert [closed.data[name] for name in parts] == [80, 5, 20, 100, 30, 400, 225, 225, 0]


def test_who_counts_is_not_told_what_is_expected(till: Till, api: SignIn) -> None:
    shift = a_day(till)

    own = api().get(f"billing/shifts/{shift}").json
    assert (own["sums"], own["causes"], own["expected"], own["difference"]) == (None, None, None, None)
    assert own["paymentCount"] == 4
    assert "225" not in api().get(f"billing/shifts/{shift}").response.content.decode()
    assert "225" not in api().get("billing/shifts").response.content.decode()
    assert api("manager").get(f"billing/shifts/{shift}").json["sums"]["expected"] == 225
    assert api("auditor").get(f"billing/shifts/{shift}").json["sums"]["expected"] == 225


def test_a_managers_own_drawer_is_counted_blind_too(till: Till, api: SignIn) -> None:
    shift = till.open("manager")

    assert api("manager").get(f"billing/shifts/{shift}").json["sums"] is None
    assert till.close(shift, 500, "manager").json["sums"]["expected"] == 500


def test_a_count_by_notes_and_coins(till: Till, api: SignIn) -> None:
    shift = till.open()
    pieces = [{"value": 0.5, "pieces": 4}, {"value": 100, "pieces": 4}, {"value": 50, "pieces": 2}]

    closed = api().post(f"billing/shifts/{shift}/close", {"denominations": pieces}).json

    assert (closed["counted"], closed["difference"]) == (502, 2)
    assert closed["denominations"] == [
        {"value": 100, "pieces": 4}, {"value": 50, "pieces": 2}, {"value": 0.5, "pieces": 4},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "counted", "one_of_two"),
        ({"counted": 1, "denominations": []}, "counted", "one_of_two"),
        ({"counted": -1}, "counted", "negative_amount"),
        ({"counted": 1.001}, "counted", "excess_digits"),
        ({"denominations": [{"value": 0, "pieces": 1}]}, "denominations", "not_positive"),
        ({"denominations": [{"value": 5, "pieces": 1}, {"value": 5, "pieces": 2}]}, "denominations", "duplicate"),
    ],
)
def test_what_is_no_count_is_refused(till: Till, api: SignIn, body: dict[str, Any], field: str, code: str) -> None:
    shift = till.open()
    with nothing_written():
        assert_problem(api().post(f"billing/shifts/{shift}/close", body), 422, "invalid", **{field: code})


def test_a_counted_shift_is_final(till: Till, api: SignIn) -> None:
    shift, payment = till.open(), till.paid()
    till.close(shift, 520)
    with nothing_written():
        assert_problem(till.close(shift, 500), 409, "shift_counted")
        assert_problem(till.move(shift, "deposit", 5), 409, "shift_counted")
        report = {"cause": "manual_open", "reason": "x"}
        assert_problem(api().post(f"billing/shifts/{shift}/incidents", report), 409, "shift_counted")
        assert_problem(till.give_back(payment, shiftId=shift), 409, "shift_counted")


def test_the_second_count_of_a_day_knows_only_its_own(till: Till, acme: TenantRef) -> None:
    first = till.open()
    till.paid()
    assert till.close(first, 520).json["difference"] == 0
    second = till.open(opening_float=100)
    till.paid()
    assert till.close(second, 120).json["sums"]["payments"] == {"times": 1, "amount": 20}
    assert balances(acme) == {"safe": 4_000}


def test_cash_of_no_shift_stays_with_who_took_it(till: Till, acme: TenantRef) -> None:
    till.paid()
    shift = till.open()
    till.paid()
    assert till.close(shift, 520).json["expected"] == 520
    assert balances(acme) == {"cash": 2_000, "safe": 2_000}


def test_one_shift_for_a_cashier_and_one_for_a_drawer(till: Till, api: SignIn) -> None:
    till.open()
    body = {"locationId": till.location, "drawer": "Booth 2", "openingFloat": 0}
    with nothing_written():
        assert_problem(api().post("billing/shifts", body), 409, "shift_already_open")
        assert_problem(api("manager").post("billing/shifts", body | {"drawer": "Booth 1"}), 409, "drawer_taken")
    assert api("manager").post("billing/shifts", body).status == 201


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"openingFloat": -1}, "openingFloat", "negative_amount"),
        ({"openingFloat": 0.001}, "openingFloat", "excess_digits"),
        ({"openingFloat": None}, "openingFloat", "required"),
        ({"locationId": None}, "locationId", "required"),
        ({"drawer": ""}, "drawer", "invalid"),
        ({"fromShiftId": "00000000-0000-7000-8000-000000000000"}, "fromShiftId", "one_of_two"),
    ],
)
def test_what_opens_no_shift(till: Till, api: SignIn, change: dict[str, Any], field: str, code: str) -> None:
    body = {"locationId": till.location, "drawer": "Booth 1", "openingFloat": 1} | change
    with nothing_written():
        assert_problem(api().post("billing/shifts", body), 422, "invalid", **{field: code})


@pytest.mark.parametrize(
    "body", [{"kind": "deposit", "amount": 0}, {"kind": "deposit", "amount": -5}, {"kind": "theft"}]
)
def test_what_is_no_movement(till: Till, api: SignIn, body: dict[str, Any]) -> None:
    shift = till.open()
    with nothing_written():
        refused = api().post(f"billing/shifts/{shift}/movements", {"amount": 5, "reason": "x"} | body)
        assert_problem(refused, 422, "invalid")


def test_more_than_is_there_may_be_carried_out_for_a_refusal_would_tell(till: Till) -> None:
    shift = till.open(opening_float=10)
    assert till.move(shift, "deposit", 10_000).status == 201
    assert till.close(shift, 0).json["difference"] == 9_990


def test_reports_that_cannot_be(till: Till, api: SignIn) -> None:
    shift, entry, nothing = till.open(), till.enter(), "00000000-0000-7000-8000-000000000000"
    call = f"billing/shifts/{shift}/incidents"
    lost = {"cause": "lost_ticket", "entryId": entry, "reason": "x"}
    assert api().post(call, lost).status == 201
    with nothing_written():
        assert_problem(api().post(call, lost), 409, "already_reported")
        assert_problem(api().post(call, lost | {"entryId": nothing}), 404, "entry_not_found")
        assert_problem(api().post(call, lost | {"entryId": None}), 422, "invalid", entryId="required")
        opened = {"cause": "manual_open", "reason": "x"}
        assert_problem(api().post(call, opened | {"entryId": entry}), 422, "invalid", entryId="not_meant")
    told = api().post(call, opened | {"gate": "Gate A"}).json
    assert (told["gate"], told["entryId"], told["reportedByName"]) == ("Gate A", None, "Operator Of Acme")


def test_the_list_is_of_ones_own_or_of_all(till: Till, api: SignIn, acme: TenantRef) -> None:
    mine, theirs = till.open(), till.open("manager", "Booth 2")
    till.close(mine, 500)

    def listed(role: str, **query: object) -> list[str]:
        return [shift["id"] for shift in api(role).get("billing/shifts", **query).json["items"]]

    assert listed("operator") == [mine]
    assert listed("manager") == [theirs, mine]
    assert listed("manager", status="closed") == [mine]
    assert listed("manager", mine="true") == [theirs]
    assert listed("manager", **{"from": "2030-01-01T00:00:00Z"}) == []
    assert listed("manager", to="2030-01-01T00:00:00Z", locationId=till.location) == [theirs, mine]
    page = api("manager").get("billing/shifts", pageSize=1).json
    assert [shift["id"] for shift in page["items"]] == [theirs]
    assert listed("manager", pageSize=1, cursor=page["nextCursor"]) == [mine]
    with tenancy.enter(acme):
        assert CashShift.objects.count() == 2


def test_a_shift_of_somebody_else_is_not_there_for_a_cashier(till: Till, api: SignIn) -> None:
    theirs = till.open("manager")
    with nothing_written():
        assert_problem(api().get(f"billing/shifts/{theirs}"), 404, "shift_not_found")
        assert_problem(api().get(f"billing/shifts/{theirs}.pdf"), 404, "shift_not_found")
        assert_problem(till.close(theirs, 5), 403, "not_your_shift")
        assert_problem(till.move(theirs, "deposit", 5), 403, "not_your_shift")


def test_a_manager_counts_for_one_who_went_home(till: Till) -> None:
    closed = till.close(till.open(), 480, "manager").json

    assert (closed["cashierName"], closed["closedByName"], closed["difference"]) == (
        "Operator Of Acme", "Manager Of Acme", -20,
    )  # fmt: skip
