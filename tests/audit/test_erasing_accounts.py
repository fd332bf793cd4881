"""A plate goes off accounts and permits, and a customer loses what its account keeps of it; the ledger stays true."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Customer, CustomerVehicle, Invoice, PermitVehicle
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.audit.test_erasure import CASE, ERASURES, come, deliver, leave, yard
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

__all__ = ["yard"]
pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
PLATE, OTHER = "MH 12 QX 4711", "MH 12 QX 4712"
PERSON = {
    "name": "Ravi Kulkarni", "kind": "prepaid", "transportNames": ["Kulkarni and Sons"], "vehicles": [PLATE, OTHER],
    "email": "ravi@kulkarni.example", "address": "7 Kulkarni Lane", "taxId": "27KULKARNI1Z5",
}  # fmt: skip


@pytest.fixture
def customer(api: SignIn) -> str:
    made = api("owner").post("billing/customers", PERSON, {"Idempotency-Key": "one"})
    assert made.status == 201, made
    return str(made.json["id"])


def permit(api: SignIn, customer: str, **more: Any) -> str:
    body = {"customerId": customer, "vehicles": [PLATE, OTHER], "validFrom": "2026-01-01"} | more
    made = api("owner").post("billing/permits", body)
    assert made.status == 201, made
    return str(made.json["id"])


def plates(tenant: TenantRef) -> list[list[str]]:
    """On accounts, and on permits."""
    with tenancy.enter(tenant):
        return [
            sorted(model.objects.values_list("vehicle_number", flat=True)) for model in (CustomerVehicle, PermitVehicle)
        ]


def disagreements(tenant: TenantRef) -> list[str]:
    with tenancy.enter(tenant):
        post_missing()
        return list(find_disagreements())


def close(api: SignIn, customer: str) -> None:
    closed = api("owner").patch(f"billing/customers/{customer}", {"active": False}, {"If-Match": '"1"'})
    assert closed.status == 200, closed


def test_a_plate_goes_off_accounts_and_permits(api: SignIn, acme: TenantRef, yard: str, customer: str) -> None:
    covered = permit(api, customer)
    leave(api, come(api, yard, PLATE), None)  # by the permit: nothing to pay
    deliver(acme)
    owner = api("owner")
    read = owner.get(f"billing/permits/{covered}")
    kept = owner.get("parking/personal-data", vehicleNumber=PLATE).json["plates"]
    assert [(one["customerId"], one["permitNumber"]) for one in kept] == [
        (customer, None), (customer, read.json["number"])
    ]  # fmt: skip

    erased = owner.post(ERASURES, CASE | {"vehicleNumber": "mh12qx4711"})

    assert (erased.status, erased.json["stays"], erased.json["accounts"]) == (201, 1, 2)
    assert plates(acme) == [[OTHER], [OTHER]]
    assert owner.get("parking/personal-data", vehicleNumber=PLATE).json["plates"] == []
    assert disagreements(acme) == []
    stale = owner.patch(f"billing/permits/{covered}", {"vehicles": [PLATE, OTHER]}, {"If-Match": read["ETag"]})
    assert_problem(stale, 412, "stale")
    again = owner.post("billing/customers", PERSON, {"Idempotency-Key": "one"})
    assert (again.json, again["Idempotent-Replay"]) == ({"erased": True}, "true")
    assert [len(trail(acme, action=f"{kind}.plate_erased")) for kind in ("customer", "permit")] == [1, 1]
    (told,) = trail(acme, action="personal_data.erased")
    assert told.after == {"by": "vehicle_number", "reference": "DSR-17", "stays": 1, "accounts": 2}


def test_a_plate_without_stays_is_found_too(api: SignIn, acme: TenantRef, customer: str) -> None:
    erased = api("owner").post(ERASURES, CASE | {"vehicleNumber": PLATE})
    assert (erased.status, erased.json["stays"], erased.json["events"], erased.json["accounts"]) == (201, 0, 0, 1)
    assert_problem(api("owner").post(ERASURES, CASE | {"vehicleNumber": PLATE}), 404, "nobody_found")


def test_a_stay_that_goes_on_keeps_the_plate_on_the_account(
    api: SignIn, acme: TenantRef, yard: str, customer: str
) -> None:
    come(api, yard, PLATE)
    deliver(acme)
    owner = api("owner")
    with nothing_written():
        assert_problem(owner.post(ERASURES, CASE | {"vehicleNumber": PLATE}), 409, "stay_open")


def test_a_drivers_name_leaves_the_hauliers_account_alone(
    api: SignIn, acme: TenantRef, yard: str, customer: str
) -> None:
    leave(api, come(api, yard, PLATE))
    deliver(acme)
    erased = api("owner").post(ERASURES, CASE | {"driverName": "Asha Deshpande"})
    assert (erased.json["stays"], erased.json["accounts"]) == (1, 0)
    assert plates(acme)[0] == [PLATE, OTHER]


def test_a_customer_loses_what_its_account_keeps(api: SignIn, acme: TenantRef, customer: str) -> None:
    permit(api, customer, validUntil="2026-02-01")
    close(api, customer)
    owner = api("owner")
    kept = owner.get("parking/personal-data", customerId=customer).json["customer"]
    assert {kept[name] for name in ("name", "email", "address", "taxId")} == {
        PERSON[name] for name in ("name", "email", "address", "taxId")
    }
    assert len(kept["plates"]) == 4

    erased = owner.post(ERASURES, CASE | {"customerId": customer})

    assert (erased.status, erased.json["stays"], erased.json["accounts"]) == (201, 0, 2)
    shown = owner.get(f"billing/customers/{customer}").json
    assert (shown["name"], shown["email"], shown["address"], shown["taxId"]) == ("(erased)", "", "", "")
    assert (shown["transportNames"], shown["vehicles"], plates(acme)) == ([], [], [[], []])
    assert owner.get("parking/personal-data", customerId=customer).json["customer"] is None
    assert disagreements(acme) == []
    assert len(trail(acme, action="customer.erased")) == 1
    assert not [one for one in trail(acme) if "Kulkarni" in f"{one.before} {one.after}"]
    assert_problem(owner.post(ERASURES, CASE | {"customerId": customer}), 404, "customer_not_found")


def test_an_account_in_use_is_not_erased(api: SignIn, acme: TenantRef, customer: str) -> None:
    owner = api("owner")
    with nothing_written():
        assert_problem(owner.post(ERASURES, CASE | {"customerId": customer}), 409, "account_open")
    running = permit(api, customer)
    close(api, customer)
    with nothing_written():
        assert_problem(owner.post(ERASURES, CASE | {"customerId": customer}), 409, "account_open")
    assert owner.patch(f"billing/permits/{running}", {"active": False}, {"If-Match": '"1"'}).status == 200
    assert owner.post(ERASURES, CASE | {"customerId": customer}).status == 201


def test_an_account_with_money_on_it_is_not_erased(api: SignIn, acme: TenantRef, customer: str) -> None:
    owner = api("owner")
    paid = {"amount": 50, "method": "bank_transfer", "purpose": "topup", "reference": "B-1"}
    assert owner.post(f"billing/customers/{customer}/payments", paid).status == 201
    close(api, customer)
    with nothing_written():
        problem = assert_problem(owner.post(ERASURES, CASE | {"customerId": customer}), 409, "account_unsettled")
    assert (problem["balance"], problem["currency"]) == (-50, "INR")


def test_another_tenants_customer_is_nobody(api: SignIn, acme: TenantRef, globex: TenantRef, customer: str) -> None:
    close(api, customer)
    stranger = api("owner", "globex")
    with nothing_written():
        assert_problem(stranger.post(ERASURES, CASE | {"customerId": customer}), 404, "customer_not_found")
        assert stranger.get("parking/personal-data", customerId=customer).json["customer"] is None
    with tenancy.enter(acme):
        assert Customer.objects.get(id=customer).name == PERSON["name"]


def test_an_invoice_keeps_what_it_was_issued_with(api: SignIn, acme: TenantRef, yard: str) -> None:
    owner = api("owner")
    leave(api, come(api, yard, PLATE), None)
    made = owner.post(
        "billing/invoices", {"transportName": "Deshpande & Sons", "from": "2026-01-01", "to": "2100-01-01"}
    )
    assert made.status == 201, made
    with tenancy.enter(acme):
        invoice = Invoice.objects.get()
    settled = {"amount": 40, "method": "bank_transfer", "purpose": "invoice", "invoiceId": str(invoice.id)}
    paid = owner.post(f"billing/customers/{invoice.customer_id}/payments", settled)
    assert paid.status == 201, paid
    close(api, str(invoice.customer_id))

    assert owner.post(ERASURES, CASE | {"customerId": str(invoice.customer_id)}).status == 201

    assert owner.get(f"billing/invoices/{invoice.id}").json["customerName"] == "Deshpande & Sons"
    assert disagreements(acme) == []
