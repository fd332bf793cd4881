"""Months of permits and of validations on invoices: once each, with their tax, on paper, in XML and in the ledger."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import time_machine

from apps.billing.accounts import get_owed
from apps.billing.commands.credit_notes import NotCreditable, credit_invoice
from apps.billing.commands.invoices import NothingToInvoice, generate_invoice
from apps.billing.commands.merchants import MerchantTerms, add_merchant
from apps.billing.commands.monthly import invoice_month
from apps.billing.commands.monthly_charges import charge_months
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.documents.invoice import invoice_pdf
from apps.billing.einvoice import invoice_xml
from apps.billing.invoicing.collecting import Wanted
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import (
    AccountCharge,
    Customer,
    Invoice,
    InvoicedCharge,
    LetterheadSetting,
    Merchant,
    Validation,
)
from apps.core.ids import new_id
from tests.billing.conftest import CASHIER, Yard, charge, make_rate
from tests.billing.hauliers import haulier, put_on_account
from tests.billing.test_einvoice import letterhead, read
from tests.billing.test_receipt_pdf import text_of
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
__all__ = ["letterhead"]
MARCH, APRIL = datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 4, 1, 6, tzinfo=UTC)
DATES = {"from": "2026-03-01", "to": "2026-04-01"}


def taxed(*rates: tuple[date, int], **given: Any) -> None:
    said = [{"from": day.isoformat(), "rate": str(rate)} for day, rate in rates]
    LetterheadSetting.objects.update_or_create(id=1, defaults={"legal_name": "Acme", "monthly_tax": said} | given)


def permitted(customer: Customer, price: str = "119", **given: Any) -> None:
    terms = {"vehicles": ["MH 2", "MH 1"], "valid_from": date(2026, 3, 1), "price_per_month": Decimal(price)} | given
    add_permit(customer_id=customer.id, details=PermitDetails(**terms), actor=CASHIER)


def validated(customer: Customer, times: int, price: str = "2.50") -> Merchant:
    terms = MerchantTerms(name="Shop & Co", facts={"x": True}, price=Decimal(price), customer_id=customer.id)
    shop = add_merchant(terms=terms, location_id=None, actor=CASHIER)
    Merchant.objects.filter(id=shop.id).update(created_at=MARCH)
    for _ in range(times):
        Validation.objects.create(merchant=shop, stay_id=new_id(), facts={}, given_at=MARCH)
    return shop


def of(customer: Customer, month: int = 3) -> Wanted:
    return Wanted(period_from=date(2026, month, 1), period_to=date(2026, month + 1, 1), customer_id=customer.id)


def issue(customer: Customer, month: int = 3, at: datetime = APRIL) -> Invoice:
    return generate_invoice(wanted=of(customer, month), actor=CASHIER, at=at)


def test_a_permit_and_validations_are_on_the_months_invoice_beside_a_stay(api: SignIn, yard: Yard) -> None:
    make_rate(hourly=5_000, tax_rate=Decimal(19))
    taxed((date(2020, 1, 1), 19))
    customer = haulier(limit="500", name="Tata")
    stay = yard.stay(hours=1, vehicle_number="MH 1")
    charge(stay)
    put_on_account(stay.stay_id, customer)
    permitted(customer)
    validated(customer, 4)
    charge_months(at=MARCH)
    charge_months(at=APRIL)
    body = DATES | {"customerId": str(customer.id)}
    with time_machine.travel(APRIL):
        manager = api("manager")
        with nothing_written():
            preview = manager.get("billing/invoices/preview", **body)
        bill = manager.post("billing/invoices", body).json
    assert preview.json["lines"] == bill["lines"]
    assert [str(bill[name]) for name in ("net", "tax", "gross", "due")] == ["158.40", "30.10", "188.50", "188.50"]
    assert [(line["of"], line["name"], line["gross"]) for line in bill["lines"]] == [
        ("stay", "", Decimal("59.50")), ("permit", bill["lines"][1]["name"], 119), ("validations", "Shop & Co", 10),
    ]  # fmt: skip
    permit, shop = bill["lines"][1:]
    assert permit == {
        "position": 2, "of": "permit", "entryId": None, "vehicleNumber": "", "vehicleType": "", "location": "",
        "timezone": "Asia/Kolkata", "entryTime": None, "exitTime": None, "durationMinutes": 0, "name": permit["name"],
        "vehicles": ["MH 1", "MH 2"], "from": "2026-03-01", "to": "2026-04-01", "quantity": 0, "net": 100,
        "taxRate": 19, "gross": 119, "paid": 0,
    }  # fmt: skip
    assert (shop["quantity"], shop["vehicles"]) == (4, [])
    post_missing()
    assert list(find_disagreements()) == []
    assert get_owed(customer) == 18_850 + 11_900  # April's permit is charged too, and invoiced with April
    assert get_balance(account=Account.TAX_PAYABLE, currency="INR") == -3_010
    assert get_balance(account=Account.REVENUE_PERMITS, currency="INR") == -10_000 - 11_900


def test_the_monthly_run_charges_what_is_over_before_and_each_month_is_on_one_invoice() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier(invoice_monthly=True)
    permitted(customer)
    validated(customer, 4)
    assert invoice_month(month=date(2026, 3, 1), at=APRIL).issued == ("ACME-INV-2026-000001",)
    invoice = Invoice.objects.get()
    assert invoice.gross == 12_900
    with nothing_written(), pytest.raises(NothingToInvoice):
        issue(customer)
    assert InvoicedCharge.objects.filter(invoice=invoice).count() == 2
    assert list(find_disagreements()) == []


def test_what_was_charged_late_is_on_the_invoice_of_the_month_of_its_charge() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier()
    permitted(customer)
    charge_months(at=APRIL)  # March and April
    assert [line["begins"] for line in issue(customer, 4, datetime(2026, 5, 1, tzinfo=UTC)).content["lines"]] == [
        "2026-03-01", "2026-04-01",
    ]  # fmt: skip


def test_the_rate_is_that_of_the_months_last_day() -> None:
    taxed((date(2020, 1, 1), 19), (date(2026, 3, 15), 7))
    customer = haulier()
    permitted(customer, "107")
    charge_months(at=MARCH)
    invoice = issue(customer)
    assert (invoice.net, invoice.tax, invoice.content["taxes"][0]["rate"]) == (10_000, 700, "7")


def test_where_no_rate_is_said_nothing_is_invoiced_unless_the_business_is_exempt(api: SignIn) -> None:
    customer = haulier()
    permitted(customer)
    charge_months(at=MARCH)
    with nothing_written():
        refused = api("manager").post("billing/invoices", DATES | {"customerId": str(customer.id)})
        assert_problem(refused, 409, "monthly_tax_unknown")
    taxed((date(2026, 4, 1), 19))
    with nothing_written():
        refused = api("manager").get("billing/invoices/preview", **DATES, customerId=str(customer.id))
        assert_problem(refused, 409, "monthly_tax_unknown")
    taxed(exemption_reason="Small business")
    invoice = issue(customer)
    assert (invoice.net, invoice.tax, invoice.content["taxes"][0]["category"]) == (11_900, 0, "E")


def test_a_prepaid_account_has_paid_it() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier("prepaid", topped_up="200")
    permitted(customer)
    charge_months(at=MARCH)
    invoice = issue(customer)
    assert (invoice.gross, invoice.paid, invoice.due) == (11_900, 11_900, 0)
    assert list(find_disagreements()) == []


def test_credited_it_can_be_invoiced_anew_and_the_ledger_is_as_before() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier()
    permitted(customer)
    validated(customer, 4)
    charge_months(at=MARCH)
    charge_months(at=APRIL)
    invoice = issue(customer)
    note = credit_invoice(invoice_id=invoice.id, positions=[1], reason="too early", actor=CASHIER, at=APRIL)
    assert note.gross == Invoice.objects.get(id=invoice.id).content["lines"][0]["gross"]
    with nothing_written(), pytest.raises(NotCreditable):
        credit_invoice(invoice_id=invoice.id, positions=[1], reason="again", actor=CASHIER, at=APRIL)
    assert list(find_disagreements()) == []
    anew = issue(customer)
    assert (anew.gross, len(anew.content["lines"])) == (note.gross, 1)
    for each in (invoice, anew):
        credit_invoice(invoice_id=each.id, positions=None, reason="all", actor=CASHIER, at=APRIL)
    assert not InvoicedCharge.objects.exists()
    assert get_balance(account=Account.TAX_PAYABLE, currency="INR") == 0
    assert list(find_disagreements()) == []


@pytest.mark.usefixtures("letterhead")
def test_paper_and_xml_say_what_it_is_of() -> None:
    customer = haulier(tax_id="DE123456789", address="Kai 1\n20457 Hamburg", language="de")
    permitted(customer, "119")
    validated(customer, 4)
    charge_months(at=MARCH)
    charge_months(at=APRIL)
    invoice = issue(customer)
    printed = " ".join(text_of(invoice_pdf(invoice)).split())
    for words in ("Dauerparkschein P-", "MH 1, MH 2", "01.03.2026 – 31.03.2026", "Shop & Co", "4 Parkvorgänge"):
        assert words in printed, printed
    found = read(invoice_xml(invoice))
    assert [name.split(" P-")[0] for name in found("//ram:SpecifiedTradeProduct/ram:Name")] == [
        "Dauerparkschein", "Parkentwertungen durch Shop & Co",
    ]  # fmt: skip
    assert found("//ram:IncludedSupplyChainTradeLineItem//ram:BillingSpecifiedPeriod/ram:EndDateTime/*") == [
        "20260331", "20260331",
    ]  # fmt: skip
    assert found("//ram:DuePayableAmount") == ["129.00"]


def test_by_the_name_of_the_haulier_its_months_are_not_invoiced() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier(transport_names=["Tata Lines"])
    permitted(customer)
    charge_months(at=MARCH)
    wanted = Wanted(period_from=date(2026, 3, 1), period_to=date(2026, 4, 1), transport_name="Tata Lines")
    with nothing_written(), pytest.raises(NothingToInvoice):
        generate_invoice(wanted=wanted, actor=CASHIER, at=APRIL)


def test_the_history_has_it_by_day_and_by_customer(api: SignIn) -> None:
    customer = haulier()
    permitted(customer)
    charge_months(at=MARCH)
    for by, key, charged in (("month", "2026-03-01", 119), ("customer", str(customer.id), 0), ("method", "account", 0)):
        (group,) = api("manager").get("billing/history", **DATES, groupBy=by).json["groups"]
        assert (group["key"], group["charged"], group["paid"], group["outstanding"]) == (key, charged, 119, 0)
    assert api("manager").get("billing/history", **DATES, groupBy="location").json["groups"] == []


def test_the_check_of_the_ledger_sees_a_month_that_is_on_an_invoice_by_halves() -> None:
    taxed((date(2020, 1, 1), 19))
    customer = haulier()
    permitted(customer)
    charge_months(at=MARCH)
    issue(customer)
    id: UUID = AccountCharge.objects.get().id
    InvoicedCharge.objects.all().delete()
    (said,) = find_disagreements()
    assert said.startswith(f"stay or charge {id}: on an invoice")
