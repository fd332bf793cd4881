"""Handing a drawer over, counting again, giving cash back out of a drawer, and places where cash needs a shift."""

import pytest

from apps.core.tenancy import TenantRef
from tests.billing.test_shifts import balances
from tests.billing.till import SignIn, Till
from tests.identity.access import with_key
from tests.refusals import assert_problem, nothing_written


@pytest.fixture
def till(api: SignIn, acme: TenantRef) -> Till:
    return Till.at_a_site(api)


def test_a_drawer_is_handed_over_with_what_was_counted(till: Till, api: SignIn, acme: TenantRef) -> None:
    given = till.open()
    till.paid()
    handed = till.close(given, 515, handOver=True).json
    assert (handed["status"], handed["expected"], handed["difference"]) == ("handed_over", 520, -5)
    waiting = api("manager").get("billing/shifts/waiting").json["items"]
    assert [(one["shiftId"], one["drawer"], one["counted"]) for one in waiting] == [(given, "Booth 1", 515)]

    taken = api("manager").post("billing/shifts", {"fromShiftId": given})

    assert taken.status == 201, taken
    assert (taken.json["openingFloat"], taken.json["drawer"], taken.json["takenOverFrom"]) == (515, "Booth 1", given)
    assert api().get("billing/shifts/waiting").json["items"] == []
    with nothing_written():
        assert_problem(api("owner").post("billing/shifts", {"fromShiftId": given}), 409, "not_handed_over")
    till.paid("manager")
    assert till.close(taken.json["id"], 535, "manager").json["difference"] == 0
    assert balances(acme) == {"safe": 3_500, "cash_over_short": 500}


def test_a_drawer_that_waits_is_not_opened_anew(till: Till, api: SignIn) -> None:
    given = till.open()
    till.close(given, 500, handOver=True)
    body = {"locationId": till.location, "drawer": "Booth 1", "openingFloat": 0}
    with nothing_written():
        refused = assert_problem(api("manager").post("billing/shifts", body), 409, "drawer_handed_over")
        assert refused["shiftId"] == given
    assert api().post("billing/shifts", {"fromShiftId": given}).status == 201


def test_what_was_not_handed_over_is_not_taken(till: Till, api: SignIn) -> None:
    shift = till.open()
    with nothing_written():
        assert_problem(api("manager").post("billing/shifts", {"fromShiftId": shift}), 409, "not_handed_over")
    till.close(shift, 500)
    with nothing_written():
        assert_problem(api("manager").post("billing/shifts", {"fromShiftId": shift}), 409, "not_handed_over")
        nothing = {"fromShiftId": "00000000-0000-7000-8000-000000000000"}
        assert_problem(api("manager").post("billing/shifts", nothing), 404, "shift_not_found")


def test_a_recount_puts_a_count_right_and_leaves_it(till: Till, api: SignIn, acme: TenantRef) -> None:
    shift = till.open()
    till.close(shift, 480)
    call = f"billing/shifts/{shift}/recounts"
    first = api("manager").post(call, {"counted": 495, "reason": "notes stuck together"})
    assert (first.status, first.json["number"], first.json["difference"]) == (201, 1, -5)
    second = api("owner").post(call, {"denominations": [{"value": 500, "pieces": 1}], "reason": "one more note"})
    assert (second.json["number"], second.json["difference"]) == (2, 0)
    assert api("manager").post(call, {"counted": 500, "reason": "agreed"}).status == 201  # moves nothing

    told = api("manager").get(f"billing/shifts/{shift}").json
    assert (told["counted"], told["recounted"], told["difference"]) == (480, 500, 0)
    assert [one["recountedByName"] for one in told["recounts"]] == [
        "Manager Of Acme", "Owner Of Acme", "Manager Of Acme",
    ]  # fmt: skip
    assert balances(acme) == {}


def test_nobody_recounts_an_open_shift_or_their_own(till: Till, api: SignIn) -> None:
    body = {"counted": 500, "reason": "x"}
    shift = till.open()
    with nothing_written():
        assert_problem(api("manager").post(f"billing/shifts/{shift}/recounts", body), 409, "shift_open")
        assert_problem(api().get(f"billing/shifts/{shift}.pdf"), 409, "shift_open")
    till.close(shift, 500)
    own = till.open("manager", "Booth 2")
    till.close(own, 500, "manager")
    with nothing_written():
        assert_problem(api("manager").post(f"billing/shifts/{own}/recounts", body), 403, "own_shift")
        assert_problem(api().post(f"billing/shifts/{shift}/recounts", body), 403, "not_permitted")
        nowhere = "billing/shifts/00000000-0000-7000-8000-000000000000/recounts"
        assert_problem(api("manager").post(nowhere, body), 404, "shift_not_found")


def test_cash_goes_back_out_of_the_drawer_that_is_open(till: Till, api: SignIn, acme: TenantRef) -> None:
    """Of who gives it; else of who took it; else of the one that is named."""
    taken = till.paid()
    own = till.open("manager", "Booth 2", opening_float=100)
    takers = till.open(opening_float=100)
    assert till.give_back(taken).status == 201
    assert till.give_back(till.paid(), "void").status == 201
    assert till.close(own, 75, "manager").json["difference"] == 0
    assert till.give_back(taken).status == 201
    named = till.open("manager", "Booth 2", opening_float=100)
    assert till.give_back(taken, shiftId=takers).status == 201
    assert till.close(named, 100, "manager").json["difference"] == 0
    assert till.close(takers, 110).json["difference"] == 0
    assert balances(acme) == {"cash": 2_000, "safe": -1_500, "refunds": 1_500}


def test_where_a_shift_is_required_cash_is_taken_in_one_alone(api: SignIn, acme: TenantRef) -> None:
    till = Till.at_a_site(api, shiftRequired=True)
    entry, later = till.enter(), till.enter()
    machine = with_key(("exits", "write"), ("payments", "write"))
    body = {"entryId": entry, "payment": {"method": "cash", "amount": 20}}
    with nothing_written():
        assert_problem(till.leave(entry=entry), 409, "no_open_shift")
        assert_problem(machine.post("parking/exits", body), 409, "no_open_shift")
    shift = till.open()
    assert till.leave(entry=entry).status == 201
    till.close(shift, 520)
    with nothing_written():
        assert_problem(till.leave(entry=later), 409, "no_open_shift")


def test_a_debt_is_paid_in_a_shift_too(api: SignIn, acme: TenantRef) -> None:
    till = Till.at_a_site(api, shiftRequired=True)
    entry = till.enter()
    assert api().post("parking/exits", {"entryId": entry}).status == 201  # leaves without paying: no cash, no shift
    body = {"entryId": entry, "amount": 20, "currency": "INR", "method": "cash"}
    with nothing_written():
        assert_problem(api().post("billing/payments", body), 409, "no_open_shift")
    shift = till.open()
    assert api().post("billing/payments", body).status == 201
    assert till.close(shift, 520).json["difference"] == 0
