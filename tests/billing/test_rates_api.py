"""/api/v1/billing/rates over HTTP: who may, what is refused, lost updates, other tenants."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import OTHER_YARD, YARD, Yard, ledger
from tests.factories.api import Api, Reply

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("yard")
RATES = {
    "vehicleType": "car",
    "rates": {"hourly": 20, "daily": 100.5, "weekly": None},
    "penalties": {"overstayMultiplier": 1.5, "gracePeriodMinutes": 15},
    "tax": {"rate": 18, "inclusive": True},
    "effectiveDate": "2026-03-01T00:00:00+05:30",
}

SUMMER = {"code": "SUMMER", "name": "Summer sale", "kind": "percent", "value": 10}


def changed(reply: Reply, api: Api, body: Any, etag: str | None = None) -> Reply:
    return api.patch(f"billing/rates/{reply.json['id']}", body, {"If-Match": etag or reply["ETag"]})


def test_a_rate_is_made_read_and_listed(api: SignIn, acme: TenantRef) -> None:
    made = api("manager").post("billing/rates", RATES)
    assert (made.status, made["ETag"]) == (201, '"1"')
    assert made.json == {
        "id": made.json["id"],
        "tenantId": str(acme.id),
        "vehicleType": "car",
        "locationId": None,
        "currency": "INR",
        "rates": {"hourly": Decimal("20.00"), "daily": Decimal("100.50"), "weekly": None, "monthly": None},
        "penalties": {"overstayMultiplier": Decimal("1.5"), "gracePeriodMinutes": 15},
        "tax": {"rate": 18, "inclusive": True},
        "discounts": [],
        "stacking": "inOrder",
        "plan": None,
        "effectiveDate": "2026-02-28T18:30:00Z",
        "expiryDate": None,
        "version": 1,
        "status": "active",
    }
    operator = api("operator")
    assert operator.get(made["Location"]).json == made.json
    assert operator.get("billing/rates").json == {"items": [made.json], "nextCursor": None, "total": None}
    assert b'"daily":100.50' in made.response.content


def test_the_applicable_rate_is_the_location_s_own_at_that_instant(api: SignIn) -> None:
    manager = api("manager")
    general = manager.post("billing/rates", RATES)
    own = manager.post("billing/rates", {**RATES, "locationId": str(YARD), "effectiveDate": "2026-04-01T00:00:00Z"})

    def applicable(**query: str) -> Reply:
        return api("operator").get(
            "billing/rates/applicable", **{"vehicleType": "car", "locationId": str(YARD)} | query
        )

    assert applicable().json == own.json
    assert applicable(at="2026-03-31T23:59:59Z").json == general.json
    assert applicable(at="2026-04-01T05:30:00+05:30").json == own.json
    assert applicable(locationId=str(OTHER_YARD)).json == general.json
    assert applicable(locationId="").json == general.json
    assert (applicable(vehicleType="truck").status, applicable(vehicleType="truck").code) == (404, "no_applicable_rate")
    assert (applicable(locationId=str(new_id())).status, applicable(locationId=str(new_id())).code) == (
        404,
        "location_not_found",
    )
    unknown = applicable(vehicleType="airship")
    assert (unknown.status, unknown.json["errors"][0]["code"]) == (422, "unknown_vehicle_type")
    assert applicable(at="2026-02-01T00:00:00Z").status == 404
    assert applicable(at="2026-02-01T00:00:00").json["errors"][0]["code"] == "naive_timestamp"


def test_a_change_is_a_new_version_and_a_lost_update_a_412(api: SignIn, in_acme: TenantRef) -> None:
    manager = api("manager")
    made = manager.post("billing/rates", RATES)
    newer = changed(made, manager, {"rates": {"hourly": 25, "daily": None}, "tax": {"inclusive": False}})
    assert (newer.status, newer["ETag"], newer.json["version"]) == (200, '"2"', 2)
    assert newer.json["rates"] == {"hourly": Decimal("25.00"), "daily": None, "weekly": None, "monthly": None}
    assert newer.json["tax"] == {"rate": 18, "inclusive": False}
    before = ledger()
    lost = changed(made, manager, {"rates": {"hourly": 30}})
    assert (lost.status, lost.code) == (412, "rate_changed")
    unread = manager.patch(f"billing/rates/{made.json['id']}", {"rates": {"hourly": 30}})
    assert (unread.status, unread.code) == (428, "if_match_required")
    assert changed(made, manager, {}, etag="abc").status == 422
    assert ledger() == before
    assert manager.get(f"billing/rates/{made.json['id']}", version=1).json["rates"]["hourly"] == 20


def test_a_rate_is_activated_and_retired_by_its_status(api: SignIn) -> None:
    manager = api("manager")
    made = manager.post("billing/rates", {**RATES, "status": "draft"})
    assert made.json["status"] == "draft"
    active = changed(made, manager, {"status": "active"})
    assert (active.json["status"], active.json["version"]) == ("active", 2)
    retired = changed(active, manager, {"status": "retired"})
    assert retired.json["status"] == "retired"
    again = changed(retired, manager, {"status": "retired"})
    assert (again.status, again.code) == (409, "rate_retired")
    assert manager.get("billing/rates").json["items"] == []
    assert len(manager.get("billing/rates", status="retired").json["items"]) == 2


def test_a_list_is_read_page_by_page(api: SignIn) -> None:
    manager = api("manager")
    for place in (None, str(YARD), str(OTHER_YARD)):
        manager.post("billing/rates", {**RATES, "locationId": place})
    seen, cursor = [], ""
    while True:
        page = manager.get("billing/rates", pageSize=1, cursor=cursor).json
        seen += [rate["locationId"] for rate in page["items"]]
        if not (cursor := page["nextCursor"]):
            break
    assert seen == [str(OTHER_YARD), str(YARD), None]
    assert manager.get("billing/rates", cursor="bm9uc2Vuc2U").status == 422
    assert manager.get("billing/rates", pageSize=201).status == 422
    assert len(manager.get("billing/rates", locationId=str(YARD)).json["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"rates": {}}, "rates.hourly", "invalid_plan"),
        ({"rates": {"hourly": -1}}, "rates.hourly", "invalid_plan"),
        ({"rates": {"hourly": 0.001}}, "rates.hourly", "excess_digits"),
        ({"rates": {"hourly": "NaN"}}, "rates.hourly", "amount_out_of_range"),
        ({"rates": {"hourly": 1e300}}, "rates.hourly", "amount_out_of_range"),
        ({"rates": {"yearly": 1}}, "rates", "invalid"),
        ({"penalties": {"overstayMultiplier": 0.5}}, "penalties.overstayMultiplier", "invalid_plan"),
        ({"penalties": {"gracePeriodMinutes": 1.5}}, "penalties.gracePeriodMinutes", "invalid"),
        ({"tax": {"rate": 101}}, "tax.rate", "invalid_plan"),
        ({"currency": "EUR"}, "currency", "currency_mismatch"),
        ({"currency": "XXX"}, "currency", "unknown_currency"),
        ({"vehicleType": "zeppelin"}, "vehicleType", "unknown_vehicle_type"),
        ({"vehicleType": ""}, "vehicleType", "invalid"),
        ({"locationId": "0195b0aa-0000-7000-8000-00000000dead"}, "locationId", "unknown_location"),
        ({"expiryDate": "2026-02-01T00:00:00Z"}, "expiryDate", "before_effective_date"),
        ({"effectiveDate": "2026-03-01T00:00:00"}, "effectiveDate", "naive_timestamp"),
        ({"discounts": ["SUMMER"]}, "discounts[0]", "invalid"),
        ({"discounts": [SUMMER | {"value": 101}]}, "discounts[0].value", "invalid_plan"),
        ({"discounts": [SUMMER, SUMMER]}, "discounts[1].code", "invalid_plan"),
        ({"discounts": [SUMMER | {"kind": "amount", "value": 0.001}]}, "discounts[0].value", "invalid_plan"),
        ({"discounts": [SUMMER | {"kind": "time", "value": 0.5}]}, "discounts", "invalid_plan"),
        ({"discounts": [SUMMER | {"code": "sum mer"}]}, "discounts[0].code", "invalid"),
        ({"stacking": "cheapest"}, "stacking", "invalid"),
        ({"status": "retired"}, "status", "invalid"),
    ],
)
def test_a_rate_that_cannot_be_meant_is_refused(
    api: SignIn, in_acme: TenantRef, change: dict[str, Any], field: str, code: str
) -> None:
    before = ledger()
    refused = api("manager").post("billing/rates", {**RATES, **change})
    assert refused.status == 422
    assert [(error["field"], error["code"]) for error in refused.json["errors"]] == [(field, code)]
    assert ledger() == before


def test_overlapping_rates_are_refused_and_the_other_one_named(api: SignIn, in_acme: TenantRef) -> None:
    manager = api("manager")
    made = manager.post("billing/rates", RATES)
    before = ledger()
    refused = manager.post("billing/rates", RATES)
    assert (refused.status, refused.code, refused.json["conflictingRateId"]) == (409, "rates_overlap", made.json["id"])
    assert ledger() == before


def test_a_repeated_request_makes_one_rate(api: SignIn, in_acme: TenantRef) -> None:
    manager = api("manager")
    first = manager.post("billing/rates", RATES, {"Idempotency-Key": "k1"})
    before = ledger()
    again = manager.post("billing/rates", RATES, {"Idempotency-Key": "k1"})
    assert (again.status, again.json, again["Idempotent-Replay"]) == (201, first.json, "true")
    assert ledger() == before


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("owner", 200, 201),
        ("admin", 200, 201),
        ("manager", 200, 201),
        ("operator", 200, 403),
        ("auditor", 200, 403),
        ("viewer", 403, 403),
    ],
)
def test_each_role_does_what_it_may(api: SignIn, in_acme: TenantRef, role: str, reads: int, writes: int) -> None:
    before = ledger()
    assert api(role).get("billing/rates").status == reads
    reply = api(role).post("billing/rates", RATES)
    assert reply.status == writes
    if writes == 403:
        assert (reply.code, ledger()) == ("not_permitted", before)


def test_a_stranger_and_another_tenant_get_nothing(api: SignIn, in_acme: TenantRef, globex: TenantRef) -> None:
    made = api("manager").post("billing/rates", RATES)
    before = ledger()
    assert Api(host="acme.localhost").get("billing/rates").status == 401
    other = api("owner", "globex")
    assert other.get("billing/rates").json["items"] == []
    assert other.get(f"billing/rates/{made.json['id']}").code == "rate_not_found"
    for body in ({"rates": {"hourly": 1}}, {"status": "retired"}):
        refused = changed(made, other, body)
        assert (refused.status, refused.code) == (404, "rate_not_found")
    query = {"vehicleType": "car", "locationId": str(YARD)}
    assert other.get("billing/rates/applicable", **query).status == 404
    assert ledger() == before


def test_the_other_tenant_s_currency_is_its_own(api: SignIn, globex: TenantRef, yard: Yard) -> None:
    made = api("manager", "globex").post("billing/rates", RATES)
    assert (made.status, made.json["currency"]) == (201, "EUR")
    with tenancy.enter(globex):
        assert len(ledger()["RateStructure"]) == 1
