"""Facts reach the price at the gate: told with the entry, before the exit, or with it."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.models import StayFee
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.lent import left, parked, place_with, quoted
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]


@pytest.fixture
def place(api: SignIn) -> str:
    """Where an hour costs 20.00."""
    return place_with(api("manager"))


def test_facts_told_with_the_entry_before_the_exit_and_with_it(api: SignIn, acme: TenantRef, place: str) -> None:
    gate = api()
    entry = parked(gate, place, facts={"shopped": True})
    assert quoted(gate, entry) == 30
    told = gate.put(f"billing/stays/{entry}/facts", {"facts": {"HALF": True}})
    assert told.json == {"entryId": entry, "facts": {"shopped": True, "HALF": True}}
    assert quoted(gate, entry) == 10
    assert gate.put(f"billing/stays/{entry}/facts", {"facts": {"shopped": False}}).status == 200
    fee = left(gate, entry, facts={"HALF": True})
    assert (fee["totalAmount"], fee["breakdown"]["discountsApplied"]) == (20, ["HALF"])
    with tenancy.enter(acme):
        assert StayFee.objects.get().priced_from == {"facts": {"shopped": False, "HALF": True}}


def test_facts_with_the_exit_alone(api: SignIn, acme: TenantRef, place: str) -> None:
    gate = api()
    assert left(gate, parked(gate, place), facts={"shopped": True})["totalAmount"] == 30
    assert left(gate, parked(gate, place))["totalAmount"] == 40


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"blueBadge": True}, "facts.blueBadge", "unknown_fact"),
        ({"HALF": "yes"}, "facts.HALF", "unknown_value"),
        ({"vehicleType": "truck"}, "facts.vehicleType", "unknown_fact"),
    ],
)
def test_what_the_price_list_does_not_ask_for_is_refused(
    api: SignIn, place: str, facts: dict[str, Any], field: str, code: str
) -> None:
    gate = api()
    entry = parked(gate, place)
    body = {"vehicleNumber": "MH 99", "vehicleType": "car", "locationId": place, "facts": facts}
    with nothing_written():
        assert_problem(gate.put(f"billing/stays/{entry}/facts", {"facts": facts}), 422, "invalid", **{field: code})
        assert_problem(gate.post("parking/entries", body), 422, "invalid", **{field: code})
        exit_ = gate.post("parking/exits", {"entryId": entry, "facts": facts})
        problem = assert_problem(exit_, 422, "invalid", **{field: code})
    if code == "unknown_fact":
        assert problem["errors"][0]["message"] == "This price list asks for HALF, shopped."


def test_a_stay_that_has_ended_is_told_nothing_more(api: SignIn, place: str) -> None:
    gate = api()
    entry = parked(gate, place)
    left(gate, entry)
    with nothing_written():
        assert_problem(gate.put(f"billing/stays/{entry}/facts", {"facts": {"HALF": True}}), 409, "stay_ended")
        assert_problem(gate.post(f"billing/stays/{entry}/codes", {"code": "HALF"}), 409, "stay_ended")
        assert_problem(gate.put(f"billing/stays/{new_id()}/facts", {"facts": {}}), 404, "entry_not_found")
