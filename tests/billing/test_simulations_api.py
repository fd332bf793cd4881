"""The tariff lab over HTTP: what a draft would have brought, who may ask, and that it writes nothing else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from apps.billing.lab.starting_points import starting_points
from apps.billing.models import TariffSimulation
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ENTRY, OTHER_YARD, YARD, Yard, charge, ledger, make_rate
from tests.factories.api import Api, Reply
from tests.identity.access import member
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
NOW = ENTRY + timedelta(days=10)
PERIOD = {"from": "2026-03-01T00:00:00+05:30", "to": "2026-03-08T00:00:00+05:30"}
DRAFT = {"vehicleType": "car", "rates": {"hourly": 30}, "status": "draft"}


@pytest.fixture(autouse=True)
def afterwards(yard: Yard) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def past(yard: Yard, acme: TenantRef) -> None:
    """At two yards: cars of one and three hours; a van; one whose type had no price; one that is still there."""
    with tenancy.enter(acme):
        make_rate()
        make_rate(vehicle_type="truck", hourly=5_000, location_id=YARD)
        charge(yard.stay(1))
        charge(yard.stay(3, location_id=OTHER_YARD))
        charge(yard.stay(1, vehicle_type="truck"))
        charge(yard.stay(2, vehicle_type="truck", location_id=OTHER_YARD))


def simulated(api: Api, draft: dict[str, Any] | None = None, **body: object) -> Reply:
    rate = api.post("billing/rates", draft or DRAFT)
    assert rate.status == 201, rate
    return api.post(f"billing/rates/{rate.json['id']}/simulate", PERIOD | body)


@pytest.mark.usefixtures("past")
def test_a_draft_tells_what_it_would_have_brought(api: SignIn, acme: TenantRef) -> None:
    manager = api("manager")
    with tenancy.enter(acme):
        before = ledger()
    made = simulated(manager)
    assert made.status == 201, made
    with tenancy.enter(acme):
        after = ledger()
    assert {name: after[name] for name in ("StayFee", "Payment", "receipts")} == {
        name: before[name] for name in ("StayFee", "Payment", "receipts")
    }
    answer = made.json
    assert manager.get(made["Location"]).json == answer
    assert manager.get("billing/simulations", rateId=answer["rateId"]).json["items"] == [answer]
    assert (answer["status"], answer["vehicleType"], answer["locationId"]) == ("done", "car", None)
    assert (answer["from"], answer["to"]) == ("2026-02-28T18:30:00Z", "2026-03-07T18:30:00Z")
    assert answer["progress"] == {"stays": 2, "counted": 2, "percent": 100}
    result = answer["result"]
    sums = {"stays": 2, "before": Decimal("80.00"), "after": Decimal("120.00"), "change": Decimal("40.00")}
    assert (result["currency"], result["total"]) == ("INR", sums)
    assert result["byVehicleType"] == [{**sums, "vehicleType": "car"}]
    assert [(one["locationId"], one["change"]) for one in result["byLocation"]] == [
        (str(OTHER_YARD), 30), (str(YARD), 10)
    ]  # fmt: skip
    assert result["byDay"] == [{**sums, "date": "2026-03-02"}]
    assert [one["change"] for one in result["mostDearer"]] == [30, 10]
    assert result["mostDearer"][0]["entryTime"] == "2026-03-02T06:30:00Z"
    assert (result["dearerStays"], result["cheaperStays"], result["mostCheaper"], result["unpriceable"]) == (
        2,
        0,
        [],
        [],
    )


@pytest.mark.usefixtures("past")
def test_a_rate_for_all_locations_leaves_alone_what_a_location_s_own_prices(api: SignIn) -> None:
    draft = DRAFT | {"vehicleType": "truck"}
    result = simulated(api("manager"), draft).json["result"]
    assert [one["locationId"] for one in result["byLocation"]] == [str(OTHER_YARD)]
    assert (result["newlyPriced"]["stays"], result["newlyPriced"]["after"]) == (1, 60)
    there = simulated(api("manager"), draft, locationId=str(YARD)).json["result"]
    assert there["total"] == {"stays": 1, "before": 50, "after": 30, "change": -20}
    assert (there["cheaperStays"], there["mostCheaper"][0]["change"]) == (1, -20)


@pytest.mark.usefixtures("past")
def test_every_vehicle_type_at_once(api: SignIn) -> None:
    result = simulated(api("manager"), vehicleType="*").json["result"]
    assert {one["vehicleType"]: one["stays"] for one in result["byVehicleType"]} == {"car": 2, "truck": 1}


@pytest.mark.usefixtures("past")
def test_what_the_draft_cannot_price_is_told_with_the_reason(api: SignIn) -> None:
    manager = api("manager")
    refusing = manager.post("billing/rates", DRAFT | {"rates": {}, "plan": only_short_stays()})
    assert refusing.status == 201, refusing
    reply = manager.post(f"billing/rates/{refusing.json['id']}/simulate", PERIOD)
    (gap,) = reply.json["result"]["unpriceable"]
    assert (gap["reason"], gap["stays"], gap["before"]) == ("refused_by_plan", 1, 60)
    assert len(gap["entryIds"]) == 1
    assert reply.json["result"]["total"]["stays"] == 1


def only_short_stays() -> dict[str, Any]:
    points = starting_points(currency="INR", zone="Asia/Kolkata")
    plan = next(point.plan for point in points if point.key == "slabs")
    table = plan["editions"][0]["charge"]["of"]
    table["slabs"] = table["slabs"][:3]
    table["beyond"]["because"] = "two hours at most"
    return plan


@pytest.mark.usefixtures("past")
def test_the_period_is_half_open(api: SignIn) -> None:
    charged = "2026-03-02T07:30:00Z"  # after one hour
    assert simulated(api("manager"), to=charged).json["progress"]["stays"] == 0
    assert simulated(api("manager"), **{"from": charged}, to="2026-03-02T07:30:01Z").json["progress"]["stays"] == 1


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"to": "2026-03-01T00:00:00+05:30"}, "to", "empty_period"),
        ({"to": (NOW + timedelta(seconds=1)).isoformat()}, "to", "not_past"),
        ({"from": "2001-01-01T00:00:00Z"}, "to", "period_too_long"),
        ({"from": "2026-03-01"}, "from", "invalid"),
        ({"from": "2026-03-01T00:00:00"}, "from", "naive_timestamp"),
        ({"vehicleType": "airship"}, "vehicleType", "unknown_vehicle_type"),
        ({"vehicleType": ""}, "vehicleType", "invalid"),
        ({"speed": 1}, "speed", "unknown_field"),
    ],
)
def test_what_cannot_be_meant_is_refused(api: SignIn, body: dict[str, Any], field: str, code: str) -> None:
    rate = api("manager").post("billing/rates", DRAFT).json["id"]
    with nothing_written():
        assert_problem(
            api("manager").post(f"billing/rates/{rate}/simulate", PERIOD | body), 422, "invalid", **{field: code}
        )


def test_what_is_not_there_is_refused(api: SignIn) -> None:
    rate = api("manager").post("billing/rates", DRAFT).json["id"]
    with nothing_written():
        unknown = api("manager").post(f"billing/rates/{new_id()}/simulate", PERIOD)
        assert_problem(unknown, 404, "rate_not_found")
        nowhere = api("manager").post(f"billing/rates/{rate}/simulate", PERIOD | {"locationId": str(new_id())})
        assert_problem(nowhere, 404, "location_not_found")
        assert_problem(api("manager").get(f"billing/simulations/{new_id()}"), 404, "simulation_not_found")
        for role in ("operator", "auditor", "viewer"):
            assert_problem(api(role).post(f"billing/rates/{rate}/simulate", PERIOD), 403, "not_permitted")


@pytest.mark.usefixtures("past")
def test_who_looks_after_one_location_asks_about_that_one(api: SignIn) -> None:
    rate = api("manager").post("billing/rates", DRAFT).json["id"]
    everywhere = api("manager").post(f"billing/rates/{rate}/simulate", PERIOD)
    narrowed = member("manager", at=[YARD])
    with nothing_written():
        for body in ({}, {"locationId": str(OTHER_YARD)}):
            refused = narrowed.post(f"billing/rates/{rate}/simulate", PERIOD | body)
            assert_problem(refused, 403, "outside_your_locations")
    own = narrowed.post(f"billing/rates/{rate}/simulate", PERIOD | {"locationId": str(YARD)})
    assert (own.status, own.json["progress"]["stays"]) == (201, 1)
    assert [one["id"] for one in narrowed.get("billing/simulations").json["items"]] == [own.json["id"]]
    assert_problem(narrowed.get(everywhere["Location"]), 404, "simulation_not_found")


def test_the_list_is_read_page_by_page(api: SignIn, acme: TenantRef) -> None:
    made = [simulated(api("manager")).json["id"] for _ in range(3)]
    first = api("operator").get("billing/simulations", pageSize=2).json
    rest = api("operator").get("billing/simulations", pageSize=2, cursor=first["nextCursor"]).json
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["nextCursor"] is None
    with tenancy.enter(acme):
        assert TariffSimulation.objects.count() == 3
