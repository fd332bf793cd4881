"""With the real parking behind billing's ports: from the gate to the receipt, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ledger
from tests.factories.api import Api

SignIn = Callable[..., Api]
RATE = {"vehicleType": "car", "rates": {"hourly": 20, "daily": 100}, "effectiveDate": "2026-01-01T00:00:00Z"}


@pytest.fixture
def entry(api: SignIn) -> dict[str, Any]:
    """A car that has stood for 2 h 30 at a location with prices."""
    manager = api("manager")
    place = manager.post("parking/locations", {"name": "North yard", "timezone": "Asia/Kolkata", "capacity": 5})
    assert place.status == 201
    assert manager.post("billing/rates", {**RATE, "locationId": place.json["id"]}).status == 201
    entered = clock.now() - timedelta(hours=2, minutes=30)
    parked = api().post(
        "parking/entries",
        {
            "vehicleNumber": "MH 12 AB 1234",
            "vehicleType": "car",
            "locationId": place.json["id"],
            "entryTime": entered.isoformat(),
        },
    )
    assert parked.status == 201
    return dict(parked.json)


def test_quote_exit_payment_and_receipt_agree(api: SignIn, entry: dict[str, Any]) -> None:
    gate = api()
    quote = gate.post("billing/quotes", {"entryId": entry["id"]}).json
    assert quote["totalAmount"] == 60
    body = {"entryId": entry["id"], "amount": 60, "currency": "INR", "method": "cash"}
    left = gate.post("parking/exits", {"entryId": entry["id"]}).json
    assert (left["fee"]["totalAmount"], left.get("payment")) == (60, None)
    paid = gate.post("billing/payments", body)
    assert paid.status == 201
    assert gate.get(paid["Location"]).json["fee"] == left["fee"]
    assert gate.post("billing/quotes", {"entryId": entry["id"]}).json == left["fee"]


def test_cash_at_the_exit_is_receipted(api: SignIn, entry: dict[str, Any]) -> None:
    gate = api()
    for amount, code in ((59, "underpaid"), (61, "overpaid")):
        refused = gate.post("parking/exits", {"entryId": entry["id"], "payment": {"method": "cash", "amount": amount}})
        assert (refused.status, refused.code, refused.json["expectedAmount"]) == (409, code, 60)
    left = gate.post("parking/exits", {"entryId": entry["id"], "payment": {"method": "cash", "amount": 60}})
    assert left.status in (200, 201)
    assert gate.get(f"billing/receipts/{left.json['payment']['receiptNumber']}").json["payment"] == left.json["payment"]


def test_a_rate_for_a_place_of_another_tenant_is_refused(
    api: SignIn, entry: dict[str, Any], acme: TenantRef, globex: TenantRef
) -> None:
    with tenancy.enter(globex):
        before = ledger()
    refused = api("manager", "globex").post("billing/rates", {**RATE, "locationId": entry["locationId"]})
    assert [error["code"] for error in refused.json["errors"]] == ["unknown_location"]
    assert api("owner", "globex").post("billing/quotes", {"entryId": entry["id"]}).code == "entry_not_found"
    with tenancy.enter(globex):
        assert ledger() == before
