"""Season permits: whole stays, times outside the window, N vehicles on M places, and what the fee says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.billing.fee_checks import Recount, find_wrong_fees
from apps.billing.models import PermitClaim, StayFee
from apps.billing.permit_terms import PermitTerms, PermitWindow, pro_rata
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.lent import place_with
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
WEEKDAYS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "begins": "07:00", "ends": "19:00"}]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def local(hour: float, day: int = 0) -> datetime:
    """An hour of a day of that week at the location, in Kolkata."""
    return MONDAY + timedelta(days=day, hours=hour) - timedelta(hours=5, minutes=30)


class Lot:
    """A location where an hour costs 20.00, and a customer's permit for MH 1 and MH 2."""

    def __init__(self, api: SignIn, **permit: Any) -> None:
        self.api, manager = api, api("manager")
        self.place = place_with(manager, discounts=[{"code": "HALF", "name": "Half", "kind": "percent", "value": 50}])
        customer = manager.post("billing/customers", {"name": "Tata", "kind": "credit"}).json["id"]
        body = {"customerId": customer, "vehicles": ["MH 1", "MH 2"], "validFrom": "2026-01-01"} | permit
        made = manager.post("billing/permits", body)
        assert made.status == 201, made.json
        self.permit = made.json

    def enter(self, plate: str, at: datetime) -> None:
        with time_machine.travel(at, tick=False):
            body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": self.place}
            assert self.api().post("parking/entries", body).status == 201

    def leave(self, plate: str, at: datetime) -> Any:
        with time_machine.travel(at, tick=False):
            gate = self.api()
            entry = gate.get("parking/entries", vehicleNumber=plate, status="parked").json["items"][0]["id"]
            quote = gate.post("billing/quotes", {"entryId": entry})
            gone = gate.post("parking/exits", {"vehicleNumber": plate})
        assert gone.status == 201, gone.json
        assert quote.json == gone.json["fee"]
        return gone.json["fee"]

    def stay(self, plate: str, begin: datetime, end: datetime) -> Any:
        self.enter(plate, begin)
        return self.leave(plate, end)


def test_a_permit_covers_a_whole_stay_and_the_fee_says_so(api: SignIn, acme: TenantRef) -> None:
    lot = Lot(api)
    fee = lot.stay("mh-1", local(9), local(17))
    assert fee["totalAmount"] == 0
    assert [line["description"] for line in fee["breakdown"]["lines"]] == [f"Covered by permit {lot.permit['number']}"]
    assert lot.stay("MH 3", local(9), local(11))["totalAmount"] == 40
    with tenancy.enter(acme):
        claim = PermitClaim.objects.get()
        assert (claim.entered_at, claim.left_at) == (local(9), local(17))
        kept = StayFee.objects.get(stay_id=claim.stay_id).priced_from
        assert kept["permit"]["number"] == lot.permit["number"]


def test_time_outside_the_window_is_charged_as_stays_of_its_own(api: SignIn, acme: TenantRef) -> None:
    lot = Lot(api, windows=WEEKDAYS)
    fee = lot.stay("MH 1", local(5.5), local(20))
    assert fee["totalAmount"] == 40 + 20  # 05:30 to 07:00, and 19:00 to 20:00
    assert fee["breakdown"]["durationMinutes"] == 14 * 60 + 30
    assert lot.stay("MH 1", local(9, day=5), local(10, day=5))["totalAmount"] == 20  # a Saturday
    with tenancy.enter(acme):
        recount = Recount()
        assert list(find_wrong_fees(StayFee.objects.all(), recount)) == []
        assert recount.again == 2


def test_one_vehicle_more_than_places_pays_as_anybody_in_the_order_of_entry(api: SignIn) -> None:
    lot = Lot(api)
    lot.enter("MH 1", local(8))
    assert lot.stay("MH 2", local(9), local(10))["totalAmount"] == 20
    assert lot.leave("MH 1", local(12))["totalAmount"] == 0
    lot.enter("MH 2", local(12))
    assert lot.stay("MH 1", local(12.5), local(13))["totalAmount"] == 20
    assert lot.leave("MH 2", local(14))["totalAmount"] == 0


def test_what_was_back_dated_is_not_covered_beside_what_was_claimed(api: SignIn, acme: TenantRef) -> None:
    lot = Lot(api)
    assert lot.stay("MH 2", local(9), local(10))["totalAmount"] == 0
    with time_machine.travel(local(11), tick=False):
        body = {"vehicleNumber": "MH 1", "vehicleType": "car", "locationId": lot.place}
        assert api().post("parking/entries", body | {"entryTime": local(8).isoformat()}).status == 201
    assert lot.leave("MH 1", local(12))["totalAmount"] == 80
    with tenancy.enter(acme):
        assert PermitClaim.objects.count() == 1


@pytest.mark.parametrize(
    "terms",
    [
        {"validFrom": "2026-03-03"},
        {"validUntil": "2026-03-02"},
        {"active": False},
        {"vehicleTypes": ["truck"]},
        {"vehicles": ["MH 9"]},
    ],
)
def test_a_permit_that_does_not_hold_changes_nothing(api: SignIn, acme: TenantRef, terms: dict[str, Any]) -> None:
    assert Lot(api, **terms).stay("MH 1", local(9), local(11))["totalAmount"] == 40
    with tenancy.enter(acme):
        assert not PermitClaim.objects.exists()


def test_a_permit_may_lend_facts_instead(api: SignIn) -> None:
    fee = Lot(api, facts={"HALF": True}).stay("MH 1", local(9), local(11))
    assert (fee["totalAmount"], fee["breakdown"]["discountsApplied"]) == (20, ["HALF"])


def test_permits_are_changed_listed_and_refused(api: SignIn) -> None:
    lot, manager = Lot(api, windows=WEEKDAYS, pricePerMonth=310), api("manager")
    call = f"billing/permits/{lot.permit['id']}"
    assert (lot.permit["windows"], lot.permit["pricePerMonth"], lot.permit["places"]) == (WEEKDAYS, 310, 1)
    changed = manager.patch(call, {"places": 2, "vehicles": ["MH 7"]}, {"If-Match": '"1"'}).json
    assert (changed["places"], changed["vehicles"], changed["version"]) == (2, ["MH 7"], 2)
    assert [each["id"] for each in api().get("billing/permits").json["items"]] == [lot.permit["id"]]
    with nothing_written():
        assert_problem(manager.patch(call, {"places": 2}, {"If-Match": '"1"'}), 412, "stale")
        assert_problem(manager.patch(call, {"places": 2}), 428, "if_match_required")
        for wrong, field, code in (
            ({"validUntil": "2026-01-01"}, "validUntil", "before_valid_from"),
            ({"windows": [WEEKDAYS[0] | {"ends": "06:00"}]}, "windows", "ends_before_it_begins"),
            ({"pricePerMonth": -1}, "pricePerMonth", "negative_amount"),
            ({"pricePerMonth": 0.001}, "pricePerMonth", "excess_digits"),
            ({"vehicles": ["!!"]}, "vehicles[0]", "empty"),
            ({"vehicleTypes": ["zeppelin"]}, "vehicleTypes", "unknown_vehicle_type"),
        ):
            assert_problem(manager.patch(call, wrong, {"If-Match": '"2"'}), 422, "invalid", **{field: code})
        assert_problem(api().patch(call, {"places": 9}, {"If-Match": '"2"'}), 403, "not_permitted")


def test_days_of_changing_clocks_are_covered_by_the_clock() -> None:
    window = PermitWindow(days=("sun",), begins="00:00", ends="04:00")
    terms = PermitTerms(
        id=new_id(), number="P", zone="Europe/Amsterdam", valid_from=date(2026, 1, 1), windows=(window,)
    )
    begin = datetime(2026, 10, 24, 20, tzinfo=UTC)
    (covered,) = terms.covered(begin, begin + timedelta(hours=20))
    assert covered[1] - covered[0] == timedelta(hours=5)
    rest = terms.uncovered(begin, begin + timedelta(hours=20))
    assert sum([end - start for start, end in rest], timedelta()) == timedelta(hours=15)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "expected"),
    [
        (date(2026, 1, 1), None, 31_000),
        (date(2026, 3, 31), None, 1_000),
        (date(2026, 3, 11), date(2026, 3, 21), 10_000),
        (date(2026, 4, 1), None, 0),
        (date(2025, 1, 1), date(2026, 3, 1), 0),
    ],
)
def test_a_month_that_is_begun_or_ended_costs_its_days(
    valid_from: date, valid_until: date | None, expected: int
) -> None:
    assert pro_rata(31_000, month=date(2026, 3, 1), valid_from=valid_from, valid_until=valid_until) == expected
