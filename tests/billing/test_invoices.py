"""Invoices: numbered, immutable, each stay on one at most; credited, and invoiced anew; one with the ledger."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.customer_payments import PayIn, take_customer_payment
from apps.billing.commands.invoices import NothingToInvoice, generate_invoice
from apps.billing.commands.refunds import refund_payment
from apps.billing.invoicing.collecting import Wanted
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Customer, CustomerPayment, Invoice, InvoicedStay, Payment, StayFee
from apps.core import clock
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.billing.hauliers import haulier, put_on_account
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
TATA = MARCH | {"transportName": "Tata Carriers"}
WANTED = Wanted(period_from=date(2026, 3, 1), period_to=date(2026, 4, 1), transport_name="tata carriers")


@pytest.fixture
def trucks(yard: Yard) -> list[Any]:
    """Three stays of a haulier, 59.00 each with 18 % in it; and one of nobody's."""
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    stays = [yard.stay(hours=1, vehicle_number=f"MH 12 T {n}", transport_name="Tata Carriers") for n in range(3)]
    for stay in (*stays, yard.stay(hours=1)):
        charge(stay)
    return stays


def agree() -> None:
    post_missing()
    assert list(find_disagreements()) == []


def test_what_a_haulier_has_not_paid_comes_on_one_invoice(api: SignIn, trucks: list[Any]) -> None:
    with time_machine.travel(datetime(2026, 4, 1, 2, tzinfo=UTC)):
        manager = api("manager")
        with nothing_written():
            preview = manager.get("billing/invoices/preview", **TATA)
        issued = manager.post("billing/invoices", TATA)
    manager = api("manager")
    assert issued.status == 201, issued
    bill = issued.json
    assert (bill["number"], bill["kind"], bill["state"]) == ("ACME-INV-2026-000001", "invoice", "open")
    assert (bill["net"], bill["tax"], bill["gross"], bill["rounding"], bill["paid"], bill["due"]) == (
        150, 27, 177, 0, 0, 177,
    )  # fmt: skip
    assert (bill["from"], bill["to"], bill["issueDate"], bill["dueDate"]) == (
        "2026-03-01", "2026-04-01", "2026-04-01", "2026-04-15",
    )  # fmt: skip
    assert [line["vehicleNumber"] for line in bill["lines"]] == ["MH 12 T 0", "MH 12 T 1", "MH 12 T 2"]
    assert bill["lines"][0] == {
        "of": "stay", "position": 1, "entryId": str(trucks[0].stay_id), "vehicleNumber": "MH 12 T 0",
        "vehicleType": "car", "location": "North yard", "timezone": "Asia/Kolkata", "entryTime": "2026-03-02T06:30:00Z",
        "exitTime": "2026-03-02T07:30:00Z", "durationMinutes": 60, "name": "", "vehicles": [],
        "from": None, "to": None, "quantity": 0, "net": 50, "taxRate": 18, "gross": 59, "paid": 0,
    }  # fmt: skip
    assert bill["taxes"] == [{"category": "S", "rate": 18, "net": 150, "tax": 27}]
    assert {name: value for name, value in preview.json.items() if name != "customer"}.items() <= bill.items()
    assert (bill["supplier"]["name"], bill["customer"]["name"]) == ("Acme", "Tata Carriers")
    assert manager.get(f"billing/invoices/{bill['id']}").json == bill
    (event,) = Event.objects.filter(type="InvoiceIssued")
    assert (event.data["invoiceNumber"], event.data["due"], event.data["stays"]) == (bill["number"], 177, 3)
    customer = Customer.objects.get()
    agree()
    assert get_balance(account=Account.HAULIER_RECEIVABLE, currency="INR", party_id=customer.id) == 17_700
    assert get_balance(account=Account.STAYS_RECEIVABLE, currency="INR") == 5_900


def test_what_is_on_an_invoice_is_due_there_and_no_longer_at_the_till(api: SignIn, trucks: list[Any]) -> None:
    generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    body = {"entryId": str(trucks[0].stay_id), "amount": 59, "currency": "INR", "method": "cash"}
    with nothing_written():
        assert_problem(api().post("billing/payments", body), 409, "already_paid")
        assert_problem(api("manager").post("billing/invoices", TATA), 409, "nothing_to_invoice")
        assert_problem(api("manager").get("billing/invoices/preview", **TATA), 409, "nothing_to_invoice")


def test_what_was_paid_before_is_taken_off(trucks: list[Any]) -> None:
    fee = StayFee.objects.get(stay_id=trucks[0].stay_id)
    StayFee.objects.filter(stay_id=fee.stay_id).update(paid=2_000, revision=1)
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    assert (invoice.gross, invoice.paid, invoice.due, invoice.moved) == (17_700, 2_000, 15_700, 15_700)


def test_a_customers_stays_stay_on_its_account(yard: Yard) -> None:
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    customer = haulier(limit="500")
    for _ in range(2):
        stay = yard.stay(hours=1, vehicle_number="MH 1")
        charge(stay)
        put_on_account(stay.stay_id, customer)
    wanted = Wanted(period_from=WANTED.period_from, period_to=WANTED.period_to, customer_id=customer.id)
    invoice = generate_invoice(wanted=wanted, actor=CASHIER, at=clock.now())
    assert (invoice.gross, invoice.due, invoice.moved, invoice.paid) == (11_800, 11_800, 0, 0)
    agree()
    assert get_balance(account=Account.HAULIER_RECEIVABLE, currency="INR", party_id=customer.id) == 11_800


def test_what_was_given_back_makes_the_stay_cheaper(yard: Yard) -> None:
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    customer, stay = haulier(limit="500"), yard.stay(hours=1)
    charge(stay)
    put_on_account(stay.stay_id, customer)
    payment = Payment.objects.get()
    refund_payment(payment_id=payment.id, amount=Decimal("11.80"), reason="x", actor=CASHIER, at=ENTRY)
    wanted = Wanted(period_from=WANTED.period_from, period_to=WANTED.period_to, customer_id=customer.id)
    invoice = generate_invoice(wanted=wanted, actor=CASHIER, at=clock.now())
    assert (invoice.net, invoice.tax, invoice.due) == (4_000, 720, 4_720)
    agree()


@pytest.mark.parametrize(("call", "body"), [("refund", {"amount": 5, "reason": "x"}), ("void", {"reason": "x"})])
def test_what_is_invoiced_is_credited_before_it_is_given_back(
    api: SignIn, yard: Yard, call: str, body: dict[str, Any]
) -> None:
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    customer, stay = haulier(limit="500"), yard.stay(hours=1)
    charge(stay)
    payment_id = put_on_account(stay.stay_id, customer)
    wanted = Wanted(period_from=WANTED.period_from, period_to=WANTED.period_to, customer_id=customer.id)
    invoice = generate_invoice(wanted=wanted, actor=CASHIER, at=clock.now())
    with nothing_written():
        refused = api("manager").post(f"billing/payments/{payment_id}/{call}", body)
        assert_problem(refused, 409, "invoiced")
        assert refused.json["invoiceNumber"] == invoice.number
    agree()


def test_a_prepaid_customer_gets_an_invoice_with_nothing_to_pay(api: SignIn, yard: Yard) -> None:
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    customer, stay = haulier("prepaid", topped_up="100"), yard.stay(hours=1)
    charge(stay)
    put_on_account(stay.stay_id, customer)
    issued = api("manager").post("billing/invoices", MARCH | {"customerId": str(customer.id)})
    assert (issued.json["gross"], issued.json["paid"], issued.json["due"], issued.json["state"]) == (59, 59, 0, "paid")
    agree()


def test_tax_of_many_stays_is_that_of_their_sum(yard: Yard) -> None:
    """Each of a hundred stays has 0.32 of tax in 2.00; 19 % of the net sum is 31.93."""
    make_rate(hourly=200, tax_rate=Decimal(19), tax_inclusive=True)
    for _ in range(100):
        charge(yard.stay(hours=1, transport_name="Tata Carriers"))
    assert StayFee.objects.values_list("tax", flat=True).distinct().get() == 32
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    assert (invoice.charged_net, invoice.charged_tax) == (16_800, 3_200)
    assert (invoice.net, invoice.tax, invoice.rounding, invoice.due) == (16_807, 3_193, 0, 20_000)
    assert sum(line["net"] for line in invoice.content["lines"]) == 16_807
    agree()
    assert -get_balance(account=Account.TAX_PAYABLE, currency="INR") == 3_193
    credit_invoice(invoice_id=invoice.id, positions=None, reason="x", actor=CASHIER, at=clock.now())
    agree()
    assert -get_balance(account=Account.TAX_PAYABLE, currency="INR") == 3_200


def test_two_rates_are_summed_each_for_itself(yard: Yard) -> None:
    turn = ENTRY + timedelta(days=1)
    make_rate(hourly=10_000, tax_rate=Decimal(18), expiry_at=turn)
    make_rate(hourly=10_000, tax_rate=Decimal(5), effective_at=turn)
    for entry in (ENTRY, turn):
        charge(yard.stay(entry_at=entry, exit_at=entry + timedelta(hours=1), transport_name="Tata Carriers"))
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    assert [(one["rate"], one["net"], one["tax"]) for one in invoice.content["taxes"]] == [
        ("5", 10_000, 500),
        ("18", 10_000, 1_800),
    ]
    assert invoice.gross == 22_300


def test_the_period_is_of_the_tenants_calendar(yard: Yard) -> None:
    """18:29:59 UTC is the last second of March in Kolkata."""
    make_rate()
    for second in (-1, 0):
        end = datetime(2026, 3, 31, 18, 30, tzinfo=UTC) + timedelta(seconds=second)
        charge(yard.stay(entry_at=end - timedelta(hours=1), exit_at=end, transport_name="Tata Carriers"))
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    assert len(invoice.content["lines"]) == 1
    assert invoice.content["lines"][0]["exitAt"] == "2026-03-31T18:29:59Z"


@pytest.mark.parametrize(
    ("at", "number", "day"),
    [
        (datetime(2026, 12, 31, 18, 29, tzinfo=UTC), "ACME-INV-2026-000001", "2026-12-31"),
        (datetime(2026, 12, 31, 18, 30, tzinfo=UTC), "ACME-INV-2027-000001", "2027-01-01"),
    ],
)
def test_year_and_day_are_of_the_tenants_calendar(trucks: list[Any], at: datetime, number: str, day: str) -> None:
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=at)
    assert (invoice.number, invoice.issue_date.isoformat()) == (number, day)


def test_numbers_have_no_gaps_after_a_failure(trucks: list[Any]) -> None:
    def fail() -> None:
        with transaction.atomic():
            generate_invoice(wanted=WANTED, actor=CASHIER, at=ENTRY)
            raise RuntimeError("the transaction fails")

    with pytest.raises(RuntimeError):
        fail()
    assert generate_invoice(wanted=WANTED, actor=CASHIER, at=ENTRY).number == "ACME-INV-2026-000001"
    agree()


def test_payments_of_the_customer_settle_it(api: SignIn, trucks: list[Any]) -> None:
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    for amount, state, left in ((Decimal(77), "partly_paid", 100), (Decimal(100), "paid", 0)):
        payment = PayIn(
            amount=amount,
            method=CustomerPayment.Method.BANK_TRANSFER,
            purpose=CustomerPayment.Purpose.INVOICE,
            invoice_id=invoice.id,
        )
        take_customer_payment(customer_id=invoice.customer_id, payment=payment, actor=CASHIER, at=clock.now())
        shown = api("auditor").get(f"billing/invoices/{invoice.id}").json
        assert (shown["state"], shown["outstanding"]) == (state, left)
    listed = api("auditor").get("billing/invoices", state="paid").json["items"]
    assert [one["id"] for one in listed] == [str(invoice.id)]
    assert api("auditor").get("billing/invoices", state="open").json["items"] == []
    agree()


def test_the_list_is_paged_and_filtered(api: SignIn, trucks: list[Any]) -> None:
    with time_machine.travel(datetime(2026, 4, 1, 2, tzinfo=UTC)):
        bill = api("manager").post("billing/invoices", TATA).json
    manager = api("manager")
    note = manager.post(f"billing/invoices/{bill['id']}/credit-notes", {"reason": "x"}).json
    first = manager.get("billing/invoices", pageSize=1).json
    assert [one["number"] for one in first["items"]] == [note["number"]]
    second = manager.get("billing/invoices", pageSize=1, cursor=first["nextCursor"]).json
    assert ([one["number"] for one in second["items"]], second["nextCursor"]) == ([bill["number"]], None)
    for query, numbers in (
        ({"kind": "invoice"}, [bill["number"]]),
        ({"state": "credited"}, [bill["number"]]),
        ({"state": "credit_note"}, [note["number"]]),
        ({"from": "2026-04-01", "to": "2026-04-02"}, [bill["number"]]),
        ({"customerId": bill["customerId"]}, [note["number"], bill["number"]]),
        ({"customerId": bill["id"]}, []),
    ):
        assert [one["number"] for one in manager.get("billing/invoices", **query).json["items"]] == numbers


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (MARCH, "customerId", "one_of_two"),
        (TATA | {"customerId": "019500aa-0000-7000-8000-000000000009"}, "customerId", "one_of_two"),
        (TATA | {"to": "2026-03-01"}, "to", "empty_period"),
        (TATA | {"from": "1999-01-01"}, "from", "out_of_range"),
        (TATA | {"to": "2026-03-32"}, "to", "invalid"),
        ({"transportName": "Tata Carriers", "from": "2026-03-01"}, "to", "required"),
    ],
)
def test_what_is_no_question_is_refused(
    api: SignIn, trucks: list[Any], body: dict[str, Any], field: str, code: str
) -> None:
    with nothing_written():
        assert_problem(api("manager").post("billing/invoices", body), 422, "invalid", **{field: code})


def test_an_unknown_customer_or_a_haulier_without_stays_is_refused(api: SignIn, trucks: list[Any]) -> None:
    manager, nobody = api("manager"), "019500aa-0000-7000-8000-000000000009"
    with nothing_written():
        assert_problem(manager.post("billing/invoices", MARCH | {"customerId": nobody}), 404, "customer_not_found")
        unknown = manager.post("billing/invoices", MARCH | {"transportName": "Nobody"})
        assert_problem(unknown, 409, "nothing_to_invoice")
        assert_problem(manager.get(f"billing/invoices/{nobody}"), 404, "invoice_not_found")
        assert_problem(
            manager.post(f"billing/invoices/{nobody}/credit-notes", {"reason": "x"}), 404, "invoice_not_found"
        )


def test_a_repeated_call_issues_once(api: SignIn, trucks: list[Any]) -> None:
    first = api("manager").post("billing/invoices", TATA, {"Idempotency-Key": "i1"})
    with nothing_written():
        again = api("manager").post("billing/invoices", TATA, {"Idempotency-Key": "i1"})
    assert (again.status, again.json) == (201, first.json)


@pytest.mark.parametrize("role", ["operator", "viewer", "auditor"])
def test_accountants_read_and_managers_issue(api: SignIn, trucks: list[Any], role: str) -> None:
    with nothing_written():
        assert_problem(api(role).post("billing/invoices", TATA), 403, "not_permitted")
    assert api(role).get("billing/invoices").status == (200 if role == "auditor" else 403)


def test_the_other_tenant_has_its_own(api: SignIn, trucks: list[Any], globex: TenantRef) -> None:
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    stranger = api("owner", "globex")
    with nothing_written():
        for suffix in ("", ".pdf", ".xml"):
            assert_problem(stranger.get(f"billing/invoices/{invoice.id}{suffix}"), 404, "invoice_not_found")
        call = f"billing/invoices/{invoice.id}/credit-notes"
        assert_problem(stranger.post(call, {"reason": "x"}), 404, "invoice_not_found")
    assert stranger.get("billing/invoices").json["items"] == []


def test_nothing_issued_is_changed_or_deleted(trucks: list[Any]) -> None:
    generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    for statement in ("UPDATE billing_invoice SET number = 'x'", "DELETE FROM billing_invoice"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(NothingToInvoice):
        generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())


def forge(statement: str) -> Callable[[], None]:
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return change


def copy_invoice(**changes: Any) -> Callable[[], None]:
    def insert() -> None:
        invoice = Invoice.objects.get()
        for name, value in {"pk": Customer.objects.get().pk, "number": "ACME-INV-2026-000003", **changes}.items():
            setattr(invoice, name, value)
        invoice.save(force_insert=True)

    return insert


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (forge("UPDATE billing_documentsequence SET last = last + 1"), "invoices: 2 numbers of INV-2026"),
        (copy_invoice(moved=0), "invoices: 1 numbers of INV-2026 were given out, 2 documents"),
        (copy_invoice(net=1, gross=2_701, due=2_701), "says 1 net"),
        (copy_invoice(), "invoice_issued"),
        (forge("DELETE FROM billing_invoicedstay"), "on an invoice by its lines or by what keeps it off others"),
        (forge("UPDATE billing_invoicedstay SET moved = moved - 1 WHERE position = 1"), "says 5900 is paid"),
        (forge("UPDATE billing_stayfee SET paid = 0"), "says 0 is paid"),
    ],
)
def test_each_damage_is_named(trucks: list[Any], damage: Callable[[], None], named: str) -> None:
    generate_invoice(wanted=WANTED, actor=CASHIER, at=datetime(2026, 4, 1, tzinfo=UTC))
    agree()
    damage()
    assert any(named in words for words in find_disagreements()), list(find_disagreements())


def test_a_stay_is_on_one_invoice_whatever_the_code_does(trucks: list[Any]) -> None:
    invoice = generate_invoice(wanted=WANTED, actor=CASHIER, at=clock.now())
    with pytest.raises(IntegrityError, match="billing_invoicedstay_pkey"), transaction.atomic():
        InvoicedStay.objects.create(stay_id=trucks[0].stay_id, invoice=invoice, position=9, moved=0)
