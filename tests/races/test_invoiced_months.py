"""Months charged and invoiced at once: each is charged once, and is on one invoice."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from apps.billing.accounts import get_owed
from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice
from apps.billing.commands.monthly_charges import charge_months
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.invoicing.collecting import Wanted
from apps.billing.invoicing.months import collect_months
from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import AccountCharge, Customer, Invoice, LetterheadSetting, Permit
from apps.billing.month_references import month_reference
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY
from tests.billing.hauliers import haulier
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
MARCH = date(2026, 3, 1)


@pytest.fixture
def customer(in_acme: TenantRef) -> Customer:
    LetterheadSetting.objects.create(legal_name="Acme", monthly_tax=[{"from": "2020-01-01", "rate": "19"}])
    customer = haulier()
    details = PermitDetails(vehicles=["MH 1"], valid_from=MARCH, price_per_month=Decimal(119))
    add_permit(customer_id=customer.id, details=details, actor=CASHIER)
    return customer


def wanted(customer: Customer) -> Wanted:
    return Wanted(period_from=MARCH, period_to=date(2026, 4, 1), customer_id=customer.id)


def test_control_looked_for_first_all_find_the_month_not_charged(in_acme: TenantRef, customer: Customer) -> None:
    looked, reference = threading.Barrier(RIVALS), month_reference(Permit.objects.get().id, MARCH)

    def look() -> bool:
        with transaction.atomic():
            found = AccountCharge.objects.filter(of=AccountCharge.Of.PERMIT, reference=reference).exists()
            looked.wait(30)
            return found

    assert at_once(in_acme, *[look] * RIVALS) == [False] * RIVALS


def test_of_runs_at_once_one_charges_the_month(in_acme: TenantRef, customer: Customer) -> None:
    outcomes = at_once(in_acme, *[lambda: charge_months(at=ENTRY)] * RIVALS)
    assert sorted(outcomes) == [0] * (RIVALS - 1) + [1]
    assert get_owed(customer) == 11_900
    assert list(find_disagreements()) == []


def test_control_collected_without_the_lock_all_find_the_month_free(in_acme: TenantRef, customer: Customer) -> None:
    charge_months(at=ENTRY)
    looked = threading.Barrier(RIVALS)

    def look() -> int:
        found = collect_months(wanted(customer), customer)
        looked.wait(30)
        return len(found)

    assert at_once(in_acme, *[look] * RIVALS) == [1] * RIVALS


def test_of_invoices_at_once_one_has_the_month(in_acme: TenantRef, customer: Customer) -> None:
    charge_months(at=ENTRY)

    def issue() -> Invoice:
        return generate_invoice(wanted=wanted(customer), actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, *[issue] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["nothing_to_invoice"] * (RIVALS - 1))
    assert list(find_disagreements()) == []


def test_of_credit_notes_at_once_one_takes_the_month_off(in_acme: TenantRef, customer: Customer) -> None:
    charge_months(at=ENTRY)
    invoice_id = generate_invoice(wanted=wanted(customer), actor=CASHIER, at=ENTRY).id

    def credit() -> Invoice:
        return credit_invoice(invoice_id=invoice_id, positions=None, reason="x", actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, *[credit] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["not_creditable"] * (RIVALS - 1))
    assert list(find_disagreements()) == []
