"""/api/v1/billing/payments and receipts: money after the exit, exactly what is due, once."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.models import StayFee
from apps.billing.public import StayFacts
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import Yard, charge, ledger, make_rate
from tests.factories.api import Api, Reply

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.fixture
def debt(yard: Yard) -> StayFacts:
    """A stay that left owing 40.00 INR."""
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    return stay


def pay(api: Api, stay: StayFacts, **change: Any) -> Reply:
    body = {"entryId": str(stay.stay_id), "amount": 40, "currency": "INR", "method": "cash"} | change
    return api.post("billing/payments", {name: value for name, value in body.items() if value is not None})


def test_a_debt_is_paid_and_receipted(api: SignIn, debt: StayFacts) -> None:
    paid = pay(api(), debt, reference="counter 2")
    assert paid.status == 201
    record = paid.json
    assert (record["entryId"], record["amount"], record["currency"], record["method"], record["reference"]) == (
        str(debt.stay_id), 40, "INR", "cash", "counter 2",
    )  # fmt: skip
    assert (record["receiptNumber"][:5], record["receiptNumber"][-7:], record["takenByName"]) == (
        "ACME-", "-000001", "Operator Of Acme",
    )  # fmt: skip
    assert StayFee.objects.get().paid == 4_000
    assert Event.objects.get(type="PaymentTaken").data["receiptNumber"] == record["receiptNumber"]
    receipt = api("auditor").get(paid["Location"])
    assert receipt.status == 200
    assert (receipt.json["number"], receipt.json["tenantName"]) == (record["receiptNumber"], "Acme")
    assert (record.pop("dueAmount"), record.pop("paidUntil")) == (0, None)
    assert receipt.json["payment"] == record
    assert receipt.json["fee"]["totalAmount"] == 40
    assert [line["description"] for line in receipt.json["fee"]["breakdown"]["lines"]] == ["2 hours"]


@pytest.mark.parametrize(
    ("change", "status", "code", "expected"),
    [
        ({"amount": 39.99}, 409, "underpaid", 40),
        ({"amount": 40.01}, 409, "overpaid", 40),
        ({"amount": 0}, 409, "underpaid", 40),
        ({"amount": -40}, 422, "invalid", None),
        ({"amount": 40.001}, 422, "invalid", None),
        ({"amount": "Infinity"}, 422, "invalid", None),
        ({"amount": None}, 422, "invalid", None),
        ({"currency": "EUR"}, 422, "invalid", None),
        ({"currency": None}, 422, "invalid", None),
        ({"method": "online"}, 422, "method_not_offered", None),
        ({"method": "shells"}, 422, "invalid", None),
        ({"entryId": str(new_id())}, 404, "entry_not_found", None),
        ({"tip": 1}, 422, "invalid", None),
    ],
)
def test_what_does_not_settle_the_debt_is_refused(
    api: SignIn, debt: StayFacts, change: dict[str, Any], status: int, code: str, expected: int | None
) -> None:
    before = ledger()
    refused = pay(api(), debt, **change)
    assert (refused.status, refused.code, refused.json.get("expectedAmount")) == (status, code, expected)
    assert ledger() == before


def test_a_debt_is_paid_once(api: SignIn, debt: StayFacts) -> None:
    pay(api(), debt)
    before = ledger()
    again = pay(api(), debt)
    assert (again.status, again.code) == (409, "already_paid")
    assert ledger() == before


def test_a_repeated_request_takes_the_money_once(api: SignIn, debt: StayFacts) -> None:
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "cash"}
    gate = api()
    first = gate.post("billing/payments", body, {"Idempotency-Key": "p1"})
    before = ledger()
    again = gate.post("billing/payments", body, {"Idempotency-Key": "p1"})
    assert (again.status, again.json, again["Idempotent-Replay"]) == (201, first.json, "true")
    assert ledger() == before


def test_what_was_paid_at_the_exit_is_no_debt(api: SignIn, yard: Yard) -> None:
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay, "40")
    assert pay(api(), stay).code == "already_paid"


def test_a_stay_without_a_price_cannot_be_paid(api: SignIn, yard: Yard) -> None:
    stay = yard.stay()
    charge(stay)
    before = ledger()
    assert pay(api(), stay).code == "fee_unknown"
    assert ledger() == before


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 201), ("admin", 201), ("manager", 201), ("operator", 201), ("auditor", 403), ("viewer", 403)],
)
def test_each_role_does_what_it_may(api: SignIn, debt: StayFacts, role: str, status: int) -> None:
    before = ledger()
    assert pay(api(role), debt).status == status
    assert (ledger() == before) is (status == 403)


def test_a_stranger_and_another_tenant_get_nothing(api: SignIn, debt: StayFacts, globex: TenantRef) -> None:
    number = pay(api(), debt).json["receiptNumber"]
    before = ledger()
    for other, status in ((api("owner", "globex"), 404), (Api(host="acme.localhost"), 401)):
        assert other.get(f"billing/receipts/{number}").status == status
    assert pay(Api(host="acme.localhost"), debt).status == 401
    assert api("viewer").get(f"billing/receipts/{number}").status == 403
    assert api("operator").get("billing/receipts/ACME-2026-999999").code == "receipt_not_found"
    assert ledger() == before


def test_another_tenant_cannot_pay_a_debt_of_this_one(
    api: SignIn, yard: Yard, debt: StayFacts, globex: TenantRef
) -> None:
    before = ledger()
    yard.stays.clear()  # parking's lookup sees the current tenant's stays alone
    refused = pay(api("owner", "globex"), debt, currency="EUR")
    assert (refused.status, refused.code) == (404, "entry_not_found")
    assert ledger() == before
