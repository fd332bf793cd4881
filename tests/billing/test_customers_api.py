"""Customers: made, changed, closed; money paid into their accounts; balances and statements that equal the ledger."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import Customer, CustomerPayment
from apps.core import clock
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.access import member
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
TATA = {
    "name": "Tata Haulage",
    "kind": "credit",
    "transportNames": ["Tata Lines", "TATA  lines", "Tata Cargo"],
    "vehicles": ["MH 12 AB 1234", "mh12ab1234", "KA 01 X 9"],
    "email": "accounts@tata.example",
    "address": "1 Dock Road\nMumbai",
    "taxId": "27AAAPL1234C1ZV",
    "language": "en",
    "creditLimit": 1000,
}


def made(manager: Api, **given: Any) -> dict[str, Any]:
    reply = manager.post("billing/customers", TATA | given)
    assert reply.status == 201, reply.json
    customer: dict[str, Any] = reply.json
    return customer


def paid(api: Api, customer: dict[str, Any], amount: float, **given: Any) -> Any:
    body = {"amount": amount, "method": "cash", "purpose": "topup"} | given
    return api.post(f"billing/customers/{customer['id']}/payments", body)


def test_a_customer_is_made_read_and_changed(api: SignIn) -> None:
    manager = api("manager")
    customer = made(manager)
    names = {"transportNames": ["Tata Lines", "Tata Cargo"], "vehicles": ["KA 01 X 9", "MH 12 AB 1234"]}
    given = {"id": customer["id"], "currency": "INR", "active": True, "invoiceMonthly": False, "version": 1}
    assert customer == TATA | names | given
    read = api("operator").get(f"billing/customers/{customer['id']}")
    assert (read.json, read["ETag"]) == (customer, '"1"')
    body = {"vehicles": ["KA 01 X 9", "DL 1"], "transportNames": [], "creditLimit": 0, "email": "", "active": False}
    changed = manager.patch(f"billing/customers/{customer['id']}", body, {"If-Match": '"1"'})
    assert changed.json == customer | body | {"vehicles": ["DL 1", "KA 01 X 9"], "version": 2}


def test_customers_are_listed_by_name_in_pages_and_found_by_a_part_of_it(api: SignIn) -> None:
    manager = api("manager")
    for name in ("Volvo", "Ashok", "Mahindra"):
        made(manager, name=name, vehicles=[])
    first = manager.get("billing/customers", pageSize=2)
    rest = manager.get("billing/customers", pageSize=2, cursor=first.json["nextCursor"])
    assert [each["name"] for each in first.json["items"] + rest.json["items"]] == ["Ashok", "Mahindra", "Volvo"]
    assert rest.json["nextCursor"] is None
    assert [each["name"] for each in manager.get("billing/customers", q="VOL").json["items"]] == ["Volvo"]
    assert manager.get("billing/customers", active="false").json["items"] == []


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": "  "}, "name", "required"),
        ({"email": "nobody"}, "email", "invalid"),
        ({"language": "English"}, "language", "invalid"),
        ({"creditLimit": -1}, "creditLimit", "negative_amount"),
        ({"creditLimit": 0.001}, "creditLimit", "excess_digits"),
        ({"vehicles": ["KA 01", "!!"]}, "vehicles[1]", "empty"),
        ({"transportNames": [f"haulier {number}" for number in range(51)]}, "transportNames", "too_many"),
        ({"kind": "barter"}, "kind", "invalid"),
    ],
)
def test_what_is_no_customer_is_refused(api: SignIn, given: dict[str, Any], field: str, code: str) -> None:
    with nothing_written():
        assert_problem(api("manager").post("billing/customers", TATA | given), 422, "invalid", **{field: code})


def test_a_lost_update_is_refused_and_so_is_one_without_a_version(api: SignIn) -> None:
    manager = api("manager")
    call = f"billing/customers/{made(manager)['id']}"
    assert manager.patch(call, {"name": "Tata & Sons"}, {"If-Match": '"1"'}).status == 200
    with nothing_written():
        assert_problem(manager.patch(call, {"name": "X"}, {"If-Match": '"1"'}), 412, "stale")
        assert_problem(manager.patch(call, {"name": "X"}), 428, "if_match_required")
        assert_problem(manager.patch(call, {"name": " "}, {"If-Match": '"2"'}), 422, "invalid", name="empty")


def test_a_top_up_has_a_receipt_and_is_what_can_be_charged(api: SignIn) -> None:
    manager, cashier = api("manager"), api("operator")
    customer = made(manager, kind="prepaid", creditLimit=50)
    topped = paid(cashier, customer, 200)
    assert topped.status == 201
    assert topped.json["receiptNumber"].startswith("ACME-")
    second = paid(cashier, customer, 99.5, method="bank_transfer", reference="UTR 7")
    numbers = [int(reply.json["receiptNumber"].rpartition("-")[2]) for reply in (topped, second)]
    assert numbers == [1, 2]
    balance = manager.get(f"billing/customers/{customer['id']}/balance").json
    assert (balance["balance"], balance["available"], balance["kind"]) == (-299.5, 349.5, "prepaid")
    assert get_balance(account=Account.PREPAID_LIABILITY, currency="INR") == -29_950
    assert get_balance(account=Account.BANK, currency="INR") == 9_950
    taken_by = CustomerPayment.objects.get(method="cash").taken_by
    assert get_balance(account=Account.CASH, currency="INR", party_id=taken_by) == 20_000
    assert list(find_disagreements()) == []


def test_what_cannot_be_paid_in_is_refused(api: SignIn) -> None:
    manager = api("manager")
    credit, prepaid = made(manager), made(manager, kind="prepaid")
    with nothing_written():
        assert_problem(paid(manager, credit, 10), 409, "not_prepaid")
        assert_problem(paid(manager, prepaid, 0), 422, "invalid", amount="not_positive")
        assert_problem(paid(manager, prepaid, 0.001), 422, "invalid", amount="excess_digits")
        assert_problem(paid(manager, prepaid, 1, currency="EUR"), 422, "invalid", currency="currency_mismatch")
        assert_problem(paid(manager, prepaid, 1, invoiceId=credit["id"]), 422, "invalid", invoiceId="superfluous")
        assert_problem(paid(manager, prepaid, 1, method="account"), 422, "invalid", method="invalid")


def test_a_repeated_top_up_counts_once(api: SignIn) -> None:
    manager = api("manager")
    call = f"billing/customers/{made(manager, kind='prepaid')['id']}/payments"
    body = {"amount": 5, "method": "upi", "purpose": "topup"}
    first = manager.post(call, body, {"Idempotency-Key": "t1"})
    with nothing_written():
        assert manager.post(call, body, {"Idempotency-Key": "t1"}).json == first.json


def test_a_statement_goes_from_balance_to_balance_by_the_ledgers_movements(api: SignIn) -> None:
    manager = api("manager")
    customer = made(manager, kind="prepaid")
    paid(manager, customer, 100)
    between = clock.now()
    paid(manager, customer, 25, method="card")
    call, later = f"billing/customers/{customer['id']}/statement", between + timedelta(days=1)
    statement = manager.get(call, **{"from": between.isoformat(), "to": later.isoformat()}).json
    assert (statement["openingBalance"], statement["closingBalance"]) == (-100, -125)
    (movement,) = statement["movements"]
    assert (movement["kind"], movement["amount"], movement["actorName"]) == ("customer_paid", -25, "Manager Of Acme")
    whole = manager.get(call, **{"from": "2020-01-01T00:00:00Z", "to": later.isoformat()}).json
    assert [each["amount"] for each in whole["movements"]] == [-100, -25]
    assert whole["openingBalance"] == 0
    upside_down = manager.get(call, **{"from": later.isoformat(), "to": between.isoformat()})
    assert_problem(upside_down, 422, "invalid", to="before_from")


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("auditor", 403), ("viewer", 403), ("admin", 201)])
def test_managers_make_customers_and_cashiers_read_them(api: SignIn, role: str, status: int) -> None:
    assert api(role).post("billing/customers", TATA).status == status
    assert Customer.objects.exists() is (status == 201)


def test_customers_are_nobodys_who_looks_after_some_locations(acme: TenantRef) -> None:
    narrowed = member("manager", at=[new_id()])
    with nothing_written():
        assert_problem(narrowed.post("billing/customers", TATA), 403, "not_permitted")
        assert_problem(narrowed.get("billing/customers"), 403, "not_permitted")
