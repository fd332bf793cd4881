"""Stays that left without a price: listed with the reason, settled once, and then like any other."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing.history import get_billing_history
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Settlement, StayFee
from apps.billing.periods import read_span
from apps.core import clock
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ENTRY, Yard, charge, make_rate
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
LIST = "billing/reconciliation/unpriced"


@pytest.fixture
def left(yard: Yard) -> UUID:
    """A car that left after two hours without a price."""
    stay = yard.stay(hours=2, vehicle_number="MH 12 AB 1234")
    charge(stay)
    return stay.stay_id


def settle(api: Api, stay_id: UUID, **body: Any) -> Any:
    return api.post(f"billing/reconciliation/{stay_id}/settle", {"reason": "agreed by phone", **body})


def test_it_is_listed_with_the_reason(api: SignIn, yard: Yard, left: UUID) -> None:
    charge(yard.stay(hours=None, exit_at=ENTRY + timedelta(hours=3)))
    items = api("auditor").get(LIST).json["items"]
    assert [item["reason"] for item in items] == ["no_applicable_rate"] * 2
    assert items[0] == {
        "kind": "unpriced", "id": str(left), "at": "2026-03-02T08:30:00Z", "reason": "no_applicable_rate",
        "entryId": str(left), "vehicleNumber": "MH 12 AB 1234", "vehicleType": "car",
        "locationId": "019500aa-0000-7000-8000-000000000001", "location": "North yard", "timezone": "Asia/Kolkata",
        "entryTime": "2026-03-02T06:30:00Z", "exitTime": "2026-03-02T08:30:00Z", "amount": None, "currency": "INR",
    }  # fmt: skip
    first = api("auditor").get(LIST, pageSize=1).json
    second = api("auditor").get(LIST, pageSize=1, cursor=first["nextCursor"]).json
    assert [page["items"][0]["id"] for page in (first, second)] == [item["id"] for item in items]
    assert second["nextCursor"] is None


def test_a_stated_amount_holds_its_tax(api: SignIn, left: UUID) -> None:
    settled = settle(api("manager"), left, amount=118, taxRate=18)
    assert settled.status == 201, settled
    assert (settled.json["totalAmount"], settled.json["taxAmount"], settled.json["baseAmount"]) == (118, 18, 100)
    assert [line["code"] for line in settled.json["breakdown"]["lines"]] == ["settled", "tax"]
    assert api("auditor").get(LIST).json["items"] == []
    assert list(find_disagreements()) == []
    assert get_balance(account=Account.STAYS_RECEIVABLE, currency="INR") == 11_800
    kept = Settlement.objects.get()
    assert (kept.unpriced_reason, kept.stated, kept.reason) == ("no_applicable_rate", True, "agreed by phone")
    (event,) = Event.objects.filter(type="StayPriced")
    assert (event.data["entryId"], event.data["totalFee"], event.data["rateId"]) == (str(left), 118, None)
    body = {"entryId": str(left), "amount": 118, "currency": "INR", "method": "cash"}
    assert api().post("billing/payments", body).status == 201
    post_missing()
    assert list(find_disagreements()) == []


def test_the_tax_of_the_price_list_in_force_is_taken(api: SignIn, left: UUID) -> None:
    make_rate(tax_rate=Decimal(18), effective_at=ENTRY + timedelta(hours=1))
    assert settle(api("manager"), left, amount=118).json["taxAmount"] == 18


def test_a_rate_of_now_prices_it(api: SignIn, left: UUID) -> None:
    rate = make_rate(effective_at=clock.now())
    settled = settle(api("manager"), left, rateId=str(rate.rate_id))
    assert (settled.status, settled.json["totalAmount"], settled.json["breakdown"]["rateVersion"]) == (201, 40, 1)
    fee = StayFee.objects.get()
    assert (fee.rate_id, fee.plan_hash, fee.unpriced_reason) == (rate.rate_id, rate.plan().compiled.hash, "")  # type: ignore[union-attr]
    assert list(find_disagreements()) == []
    assert not Settlement.objects.get().stated


def test_nothing_may_be_agreed_too(api: SignIn, left: UUID) -> None:
    assert settle(api("manager"), left, amount=0).json["totalAmount"] == 0
    assert api("auditor").get(LIST).json["items"] == []
    post_missing()
    assert list(find_disagreements()) == []


def test_it_counts_from_when_it_was_settled(api: SignIn, left: UUID) -> None:
    settle(api("manager"), left, amount=10)
    today = clock.now().date()
    span = read_span(since=f"{today - timedelta(days=1)}", until=f"{today + timedelta(days=2)}")
    assert [(row.charged, row.stays) for row in get_billing_history(span=span, group_by="location")] == [(1_000, 1)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, {"amount": "one_of_two"}),
        ({"amount": 1, "rateId": "019500aa-0000-7000-8000-000000000009"}, {"amount": "one_of_two"}),
        ({"amount": -1}, {"amount": "negative"}),
        ({"amount": 1.001}, {"amount": "excess_digits"}),
        ({"amount": 1, "taxRate": 101}, {"taxRate": "out_of_range"}),
        ({"amount": 1, "taxRate": 1.0000001}, {"taxRate": "out_of_range"}),
        ({"amount": 1, "reason": " "}, {"reason": "required"}),
    ],
)
def test_what_settles_nothing_is_refused(api: SignIn, left: UUID, body: dict[str, Any], code: dict[str, str]) -> None:
    with nothing_written():
        assert_problem(settle(api("manager"), left, **body), 422, "invalid", **code)


def test_an_unknown_rate_is_refused(api: SignIn, left: UUID) -> None:
    nobody = "019500aa-0000-7000-8000-000000000009"
    with nothing_written():
        assert_problem(settle(api("manager"), left, rateId=nobody), 404, "rate_not_found")


def test_a_stay_is_settled_once_and_only_one_without_a_price(api: SignIn, yard: Yard, left: UUID) -> None:
    assert settle(api("manager"), left, amount=10).status == 201
    make_rate()
    priced, parked = yard.stay(hours=1), yard.stay(hours=None)
    charge(priced)
    with nothing_written():
        assert_problem(settle(api("manager"), left, amount=20), 409, "already_priced")
        assert_problem(settle(api("manager"), priced.stay_id, amount=20), 409, "already_priced")
        assert_problem(settle(api("manager"), parked.stay_id, amount=20), 404, "entry_not_found")


@pytest.mark.parametrize(("role", "status"), [("admin", 201), ("auditor", 403), ("operator", 403), ("viewer", 403)])
def test_managers_settle(api: SignIn, left: UUID, role: str, status: int) -> None:
    assert settle(api(role), left, amount=10).status == status
    assert Settlement.objects.exists() is (status == 201)


def test_the_other_tenant_finds_none(api: SignIn, left: UUID, globex: TenantRef) -> None:
    with nothing_written():
        assert_problem(settle(api("owner", "globex"), left, amount=1), 404, "entry_not_found")
    assert api("owner", "globex").get(LIST).json["items"] == []


def test_a_settlement_is_never_changed(api: SignIn, left: UUID) -> None:
    settle(api("manager"), left, amount=10)
    for statement in ("UPDATE billing_settlement SET reason = 'x'", "DELETE FROM billing_settlement"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
