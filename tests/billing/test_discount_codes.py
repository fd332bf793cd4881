"""Discount codes: what they lend, how far they go, and that a use is counted once, taken back or not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.billing.models import CodeUse
from apps.billing.public import forget_vehicles
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.billing.lent import left, parked, place_with, quoted
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]


@pytest.fixture
def place(api: SignIn) -> str:
    """Where an hour costs 20.00, and HALF is half price."""
    return place_with(api("manager"))


def code(manager: Api, name: str = "HALF", **terms: Any) -> dict[str, Any]:
    made = manager.post("billing/discount-codes", {"code": name} | terms)
    assert made.status == 201, made.json
    answer: dict[str, Any] = made.json
    return answer


def give(gate: Api, entry: str, name: str = "HALF") -> Any:
    return gate.post(f"billing/stays/{entry}/codes", {"code": name})


def test_a_code_lends_its_fact_and_the_fee_says_which_discount_applied(
    api: SignIn, acme: TenantRef, place: str
) -> None:
    gate, manager = api(), api("manager")
    made = code(manager)
    assert (made["facts"], made["used"], made["version"]) == ({"HALF": True}, 0, 1)
    entry = parked(gate, place)
    assert quoted(gate, entry, discountCodes=["half"]) == 20
    assert quoted(gate, entry) == 40
    given = give(gate, entry, " half ")
    assert (given.status, given.json["facts"]) == (201, {"HALF": True})
    assert quoted(gate, entry, discountCodes=["HALF"]) == 20  # given already: neither twice nor refused
    fee = left(gate, entry)
    assert (fee["totalAmount"], fee["discountAmount"]) == (20, 20)
    assert fee["breakdown"]["discountsApplied"] == ["HALF"]
    assert manager.get(f"billing/discount-codes/{made['id']}").json["used"] == 1
    assert [one.action for one in trail(acme) if one.action.startswith("stay.")] == ["stay.code_used"]


def test_a_code_that_is_taken_back_counts_no_more(api: SignIn, acme: TenantRef, place: str) -> None:
    gate, manager = api(), api("manager")
    made, entry = code(manager, maxUses=1), parked(gate, place)
    give(gate, entry)
    back = gate.delete(f"billing/stays/{entry}/codes/half")
    assert (back.status, back.json["facts"]) == (200, {})
    with nothing_written():
        assert_problem(gate.delete(f"billing/stays/{entry}/codes/half"), 409, "code_not_given")
    assert manager.get(f"billing/discount-codes/{made['id']}").json["used"] == 0
    assert give(gate, entry).status == 201
    assert left(gate, entry)["totalAmount"] == 20
    assert "stay.code_taken_back" in {one.action for one in trail(acme)}


def test_what_two_codes_lend_stays_while_one_of_them_does(api: SignIn, place: str) -> None:
    gate, manager = api(), api("manager")
    code(manager)
    code(manager, "TWIN", facts={"HALF": True})
    entry = parked(gate, place)
    give(gate, entry)
    give(gate, entry, "TWIN")
    assert gate.delete(f"billing/stays/{entry}/codes/HALF").json["facts"] == {"HALF": True}
    assert gate.delete(f"billing/stays/{entry}/codes/TWIN").json["facts"] == {}


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"active": False}, "unknown_discount_code"),
        ({"validUntil": "2026-01-01T00:00:00Z"}, "code_expired"),
        ({"validFrom": "2090-01-01T00:00:00Z"}, "code_expired"),
        ({"vehicleTypes": ["truck"]}, "code_not_valid_here"),
        ({"facts": {"member": True}}, "code_not_valid_here"),
        ({"locations": "elsewhere"}, "code_not_valid_here"),
    ],
)
def test_a_code_that_does_not_hold_for_this_stay(api: SignIn, place: str, terms: dict[str, Any], refusal: str) -> None:
    gate, manager = api(), api("manager")
    if "locations" in terms:
        terms = {"locations": [place_with(manager, name="South yard")]}
    code(manager, **terms)
    entry = parked(gate, place)
    status = 404 if refusal == "unknown_discount_code" else 409
    with nothing_written():
        assert_problem(give(gate, entry), status, refusal)
        quote = gate.post("billing/quotes", {"entryId": entry, "discountCodes": ["HALF"]})
        if status == 404:
            assert_problem(quote, 422, "invalid", discountCodes=refusal)
        else:
            assert_problem(quote, status, refusal)


def test_limits_in_all_for_a_vehicle_and_for_a_day(api: SignIn, place: str) -> None:
    gate, manager = api(), api("manager")
    code(manager, maxPerVehicle=1, maxPerDay=2)
    first = parked(gate, place, "MH 1")
    give(gate, first)
    with nothing_written():
        assert_problem(give(gate, first), 409, "code_used_already")
    left(gate, first)
    again = parked(gate, place, "mh-1", minutes=0)
    with nothing_written():
        assert_problem(give(gate, again), 409, "code_used_already")
    assert give(gate, parked(gate, place, "MH 2")).status == 201
    third = parked(gate, place, "MH 3")
    with nothing_written():
        assert_problem(give(gate, third), 409, "code_used_up")
    code(manager, "ONCE", facts={"HALF": True}, maxUses=1)
    assert give(gate, third, "ONCE").status == 201
    with nothing_written():
        assert_problem(give(gate, again, "ONCE"), 409, "code_used_up")


def test_a_code_is_changed_listed_and_refused(api: SignIn, place: str) -> None:
    manager = api("manager")
    made = code(manager)
    soon = (clock.now() + timedelta(days=1)).isoformat()
    call = f"billing/discount-codes/{made['id']}"
    changed = manager.patch(call, {"maxUses": 5, "validUntil": soon, "facts": {"x": 1}}, {"If-Match": '"1"'}).json
    assert (changed["maxUses"], changed["facts"], changed["version"]) == (5, {"x": 1}, 2)
    assert [each["code"] for each in api().get("billing/discount-codes").json["items"]] == ["HALF"]
    with nothing_written():
        assert_problem(manager.patch(call, {"maxUses": 1}, {"If-Match": '"1"'}), 412, "stale")
        assert_problem(manager.patch(call, {"maxUses": 1}), 428, "if_match_required")
        assert_problem(manager.post("billing/discount-codes", {"code": "half"}), 409, "code_taken")
        assert_problem(manager.post("billing/discount-codes", {"code": "h a"}), 422, "invalid", code="invalid")
        assert_problem(manager.patch(call, {"facts": {}}, {"If-Match": '"2"'}), 422, "invalid", facts="required")
        early = {"validFrom": "2090-01-01T00:00:00Z"}
        assert_problem(manager.patch(call, early, {"If-Match": '"2"'}), 422, "invalid", validUntil="before_valid_from")
        assert_problem(api().post("billing/discount-codes", {"code": "MINE"}), 403, "not_permitted")


def test_an_erased_stay_leaves_its_use_without_a_plate(api: SignIn, acme: TenantRef, place: str) -> None:
    gate = api()
    code(api("manager"))
    entry = parked(gate, place)
    give(gate, entry)
    with tenancy.enter(acme):
        assert CodeUse.objects.get().plate_key == "MH12AB1234"
        forget_vehicles(stay_ids=[UUID(entry)])
        assert CodeUse.objects.get().plate_key == ""
