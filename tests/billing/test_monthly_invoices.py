"""The monthly run: each customer that wants it gets one invoice a month, by e-mail; one failure stops no other."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command

from apps.billing.commands.customers import CustomerDetails, change_customer
from apps.billing.commands.monthly import invoice_last_month_everywhere, invoice_month
from apps.billing.models import Customer, DocumentMail, Invoice
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, Yard, charge, make_rate
from tests.billing.hauliers import haulier, put_on_account
from tests.factories.api import Api

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
APRIL = datetime(2026, 4, 1, 2, tzinfo=UTC)
MARCH = date(2026, 3, 1)


def on_account(yard: Yard, name: str, **details: object) -> Customer:
    """A customer with one stay in March on its account."""
    customer = haulier(limit="500", name=name, **{"invoice_monthly": True} | details)
    stay = yard.stay(hours=1)
    charge(stay)
    put_on_account(stay.stay_id, customer)
    return customer


def test_each_gets_one_and_a_second_run_none(
    yard: Yard, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    make_rate()
    on_account(yard, "Ashok", email="office@ashok.example")
    on_account(yard, "Bharat")
    on_account(yard, "Chola", invoice_monthly=False)
    haulier(name="Deepak", invoice_monthly=True)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        run = invoice_month(month=MARCH, at=APRIL)
    assert run.issued == ("ACME-INV-2026-000001", "ACME-INV-2026-000002")
    assert [invoice.customer.name for invoice in Invoice.objects.order_by("number")] == ["Ashok", "Bharat"]
    assert [(sent.to, sent.attachments[0][0]) for sent in mail.outbox] == [
        (["office@ashok.example"], "ACME-INV-2026-000001.pdf")
    ]
    assert DocumentMail.objects.get().status == "sent"
    again = invoice_month(month=MARCH, at=APRIL)
    assert (again.issued, again.failed) == ((), ())


def test_one_failure_stops_no_other(yard: Yard) -> None:
    make_rate()
    ashok = on_account(yard, "Ashok")
    Customer.objects.filter(id=ashok.id).update(email="no address")
    on_account(yard, "Bharat")
    run = invoice_month(month=MARCH, at=APRIL)
    assert (run.issued, run.failed) == (("ACME-INV-2026-000001",), ("Ashok",))
    assert Invoice.objects.get().customer.name == "Bharat"


def test_the_month_is_over_by_each_tenants_calendar(yard: Yard, globex: TenantRef) -> None:
    make_rate()
    on_account(yard, "Ashok")
    invoice_last_month_everywhere(at=datetime(2026, 3, 31, 18, 29, tzinfo=UTC))
    assert not Invoice.objects.exists()
    invoice_last_month_everywhere(at=datetime(2026, 3, 31, 18, 30, tzinfo=UTC))
    assert Invoice.objects.get().period_from == MARCH
    with tenancy.enter(globex):
        assert not Invoice.objects.exists()


def test_by_hand(yard: Yard) -> None:
    make_rate()
    on_account(yard, "Ashok")
    said = StringIO()
    with time_machine.travel(APRIL):
        call_command("invoice_month", tenant="acme", month="2026-03", stdout=said)
    assert said.getvalue().splitlines() == ["ACME-INV-2026-000001", "acme: 1 issued"]
    for wrong in ({"tenant": "nobody", "month": "2026-03"}, {"tenant": "acme", "month": "March"}):
        with pytest.raises(CommandError):
            call_command("invoice_month", **wrong)


def test_the_setting_is_the_customers(api: SignIn) -> None:
    manager = api("manager")
    made = manager.post("billing/customers", {"name": "Ashok", "kind": "credit", "invoiceMonthly": True})
    assert (made.status, made.json["invoiceMonthly"]) == (201, True)
    changed = manager.patch(
        f"billing/customers/{made.json['id']}", {"invoiceMonthly": False}, {"If-Match": made["ETag"]}
    )
    assert (changed.status, changed.json["invoiceMonthly"]) == (200, False)
    change_customer(
        customer_id=Customer.objects.get().id,
        expected_version=None,
        details=CustomerDetails(credit_limit=Decimal(1)),
        actor=CASHIER,
    )
    assert Customer.objects.get().invoice_monthly is False
