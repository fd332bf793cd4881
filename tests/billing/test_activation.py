"""A draft is put into force in the place of what is in force: neither a gap nor an overlap, and nothing by mistake."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.billing.conftest import ENTRY, YARD, Yard
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("yard")
CARS = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-03-01T00:00:00Z"}
DRAFT = {"vehicleType": "car", "rates": {"hourly": 30}, "status": "draft"}
LATER = "2026-03-05T00:00:00Z"


@pytest.fixture(autouse=True)
def now(yard: Yard) -> Any:
    with time_machine.travel(ENTRY, tick=False):
        yield


def activated(api: Api, draft: Reply, etag: str = '"1"', **body: object) -> Reply:
    return api.post(f"billing/rates/{draft.json['id']}/activate", body, {"If-Match": etag, "X-Correlation-Id": "act"})


def hourly_at(api: Api, at: str) -> Any:
    found = api.get("billing/rates/applicable", vehicleType="car", at=at)
    return found.json["rates"]["hourly"] if found.status == 200 else found.code


def test_the_present_rate_ends_where_the_draft_begins(api: SignIn, acme: TenantRef) -> None:
    manager = api("manager")
    manager.post("billing/rates", CARS)
    draft = manager.post("billing/rates", DRAFT)
    active = activated(manager, draft, effectiveDate=LATER, replace=True)
    assert (active.status, active["ETag"], active.json["version"]) == (200, '"2"', 2)
    assert (active.json["status"], active.json["effectiveDate"]) == ("active", LATER)
    assert hourly_at(manager, "2026-03-04T23:59:59.999999Z") == 20
    assert hourly_at(manager, LATER) == 30
    assert hourly_at(manager, "2026-03-01T00:00:00Z") == 20
    assert [one.action for one in trail(acme, correlation_id="act")] == ["RatesChanged", "RatesChanged"]


def test_at_once_it_takes_the_place_at_once(api: SignIn) -> None:
    manager = api("manager")
    manager.post("billing/rates", CARS)
    draft = manager.post("billing/rates", DRAFT)
    active = activated(manager, draft, replace=True)
    assert (active.status, active.json["effectiveDate"]) == (200, "2026-03-02T06:30:00Z")
    assert hourly_at(manager, "2026-03-02T06:29:59Z") == 20
    assert hourly_at(manager, "2026-03-02T06:30:00Z") == 30


def test_where_nothing_is_in_force_nothing_ends(api: SignIn) -> None:
    manager = api("manager")
    manager.post("billing/rates", CARS | {"locationId": str(YARD)})
    draft = manager.post("billing/rates", DRAFT)
    assert activated(manager, draft, replace=True).status == 200
    assert len(manager.get("billing/rates", locationId=str(YARD)).json["items"]) == 1


def test_without_being_told_to_it_replaces_nothing(api: SignIn) -> None:
    manager = api("manager")
    present = manager.post("billing/rates", CARS)
    draft = manager.post("billing/rates", DRAFT)
    with nothing_written():
        refused = assert_problem(activated(manager, draft, effectiveDate=LATER), 409, "rates_overlap")
    assert refused["conflictingRateId"] == present.json["id"]


def test_a_change_that_is_planned_already_is_not_undone_in_passing(api: SignIn) -> None:
    manager = api("manager")
    present = manager.post("billing/rates", CARS)
    planned = {"rates": {"hourly": 25}, "effectiveDate": "2026-03-09T00:00:00Z"}
    manager.patch(f"billing/rates/{present.json['id']}", planned, {"If-Match": '"1"'})
    draft = manager.post("billing/rates", DRAFT)
    with nothing_written():
        for start in (LATER, None):
            refused = activated(manager, draft, effectiveDate=start, replace=True)
            assert_problem(refused, 409, "rates_overlap")


def test_what_cannot_be_put_into_force_is_refused(api: SignIn) -> None:
    manager = api("manager")
    present, draft = manager.post("billing/rates", CARS), manager.post("billing/rates", DRAFT)
    manager.patch(f"billing/rates/{draft.json['id']}", {"rates": {"hourly": 35}}, {"If-Match": '"1"'})
    with nothing_written():
        assert_problem(activated(manager, draft, replace=True), 412, "rate_changed")
        unread = manager.post(f"billing/rates/{draft.json['id']}/activate", {})
        assert_problem(unread, 428, "if_match_required")
        past = activated(manager, draft, '"2"', effectiveDate="2026-03-01T00:00:00Z")
        assert_problem(past, 422, "invalid", effectiveDate="in_the_past")
        assert_problem(activated(manager, present), 409, "not_a_draft")
        gone = manager.post(f"billing/rates/{new_id()}/activate", {}, {"If-Match": '"1"'})
        assert_problem(gone, 404, "rate_not_found")
        for role in ("operator", "auditor", "viewer"):
            assert_problem(activated(api(role), draft, '"2"'), 403, "not_permitted")


def test_a_draft_that_ends_before_it_begins_leaves_the_present_alone(api: SignIn) -> None:
    manager = api("manager")
    manager.post("billing/rates", CARS)
    short = DRAFT | {"effectiveDate": "2026-03-03T00:00:00Z", "expiryDate": "2026-03-04T00:00:00Z"}
    draft = manager.post("billing/rates", short)
    with nothing_written():
        refused = activated(manager, draft, effectiveDate=LATER, replace=True)
        assert_problem(refused, 422, "invalid", expiryDate="before_effective_date")
