"""Merchants validate stays: within their quota, in their own name, undone before the exit, reported by the month."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.billing.lent import left, parked, place_with, quoted
from tests.factories.api import Api
from tests.identity.access import with_key
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
SHOP = {"name": "Corner shop", "facts": {"shopped": True}}


@pytest.fixture
def place(api: SignIn) -> str:
    """Where an hour costs 20.00, 10.00 less for those who shopped."""
    return place_with(api("manager"))


def merchant(manager: Api, **given: Any) -> str:
    made = manager.post("billing/merchants", SHOP | given)
    assert made.status == 201, made.json
    return str(made.json["id"])


def test_a_merchant_validates_by_plate_with_a_key_and_takes_it_back(api: SignIn, acme: TenantRef, place: str) -> None:
    gate, manager = api(), api("manager")
    shop, entry = merchant(manager), parked(gate, place)
    scanner = with_key(("validations", "write"))
    given = scanner.post("billing/validations", {"merchantId": shop, "vehicleNumber": "mh12ab1234"})
    assert (given.status, given.json["status"], given.json["entryId"]) == (201, "given", entry)
    assert quoted(gate, entry) == 30
    undone = scanner.delete(f"billing/validations/{given.json['id']}")
    assert (undone.status, undone.json["status"]) == (200, "undone")
    assert quoted(gate, entry) == 40
    with nothing_written():
        assert_problem(scanner.delete(f"billing/validations/{given.json['id']}"), 409, "validation_undone")
    again = scanner.post("billing/validations", {"merchantId": shop, "entryId": entry})
    assert left(gate, entry)["breakdown"]["discountsApplied"] == ["SHOP"]
    with nothing_written():
        assert_problem(scanner.delete(f"billing/validations/{again.json['id']}"), 409, "stay_ended")
    report = manager.get(f"billing/merchants/{shop}/report").json
    assert (report["validations"], report["undone"], report["amount"]) == (1, 1, None)
    assert {"stay.validated", "stay.validation_undone"} <= {one.action for one in trail(acme)}


def test_who_is_listed_validates_in_no_other_name(api: SignIn, acme: TenantRef, place: str) -> None:
    gate, manager = api(), api("manager")
    me = gate.get("auth/me").json["user"]["id"]
    mine, other, closed = merchant(manager, validators=[me]), merchant(manager), merchant(manager, active=False)
    entry, stranger = parked(gate, place), with_key(("validations", "write"))
    with nothing_written():
        for shop, actor in ((other, gate), (mine, stranger)):
            reply = actor.post("billing/validations", {"merchantId": shop, "entryId": entry})
            assert_problem(reply, 403, "not_your_merchant")
        assert_problem(
            gate.post("billing/validations", {"merchantId": closed, "entryId": entry}), 404, "merchant_not_found"
        )
    assert gate.post("billing/validations", {"merchantId": mine, "entryId": entry}).status == 201


def test_quotas_places_and_second_validations(api: SignIn, place: str) -> None:
    gate, manager = api(), api("manager")
    daily, monthly = merchant(manager, quotaPerDay=1), merchant(manager, quotaPerMonth=1)
    first, second = parked(gate, place, "MH 1"), parked(gate, place, "MH 2")
    elsewhere = merchant(manager, locationId=place_with(manager, name="South yard"))
    worthless = merchant(manager, facts={"member": True})
    for shop in (daily, monthly):
        assert gate.post("billing/validations", {"merchantId": shop, "entryId": first}).status == 201
    with nothing_written():
        for shop, entry, refusal in (
            (daily, first, "validated_already"),
            (daily, second, "quota_used_up"),
            (monthly, second, "quota_used_up"),
            (elsewhere, second, "validation_not_valid_here"),
            (worthless, second, "validation_not_valid_here"),
        ):
            reply = gate.post("billing/validations", {"merchantId": shop, "entryId": entry})
            assert_problem(reply, 409, refusal)
        nowhere = gate.post("billing/validations", {"merchantId": daily, "vehicleNumber": "MH 3"})
        assert_problem(nowhere, 404, "entry_not_found")
        assert_problem(gate.post("billing/validations", {"merchantId": daily}), 422, "invalid", entryId="required")


def test_a_merchant_is_changed_priced_and_refused(api: SignIn, place: str) -> None:
    manager = api("manager")
    customer = manager.post("billing/customers", {"name": "Shop Ltd", "kind": "credit"}).json["id"]
    shop = merchant(manager, pricePerValidation=2.5, customerId=customer)
    call = f"billing/merchants/{shop}"
    changed = manager.patch(call, {"quotaPerDay": 5}, {"If-Match": '"1"'}).json
    assert (changed["quotaPerDay"], changed["pricePerValidation"], changed["version"]) == (5, 2.5, 2)
    assert [each["id"] for each in api().get("billing/merchants").json["items"]] == [shop]
    with nothing_written():
        assert_problem(manager.post("billing/merchants", SHOP | {"facts": {}}), 422, "invalid", facts="required")
        unpaid = manager.post("billing/merchants", SHOP | {"pricePerValidation": 1})
        assert_problem(unpaid, 422, "invalid", customerId="required")
        assert_problem(
            manager.patch(call, {"pricePerValidation": 0.001}, {"If-Match": '"2"'}),
            422,
            "invalid",
            pricePerValidation="excess_digits",
        )
        assert_problem(manager.patch(call, {"name": "x"}, {"If-Match": '"1"'}), 412, "stale")
        assert_problem(api().post("billing/merchants", SHOP), 403, "not_permitted")
