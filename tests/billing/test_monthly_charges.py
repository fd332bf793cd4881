"""Permits in advance and validations afterwards, once for each month, on the customer's account and in the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from apps.billing.accounts import get_owed
from apps.billing.commands.merchants import MerchantTerms, add_merchant
from apps.billing.commands.monthly_charges import charge_months
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import AccountCharge, Merchant, Validation
from apps.billing.tasks import charge_months_of_tenant
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tasks import HEADER
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER
from tests.billing.hauliers import haulier
from tests.refusals import everything_written, nothing_written

pytestmark = pytest.mark.usefixtures("in_acme")
MARCH = datetime(2026, 3, 15, tzinfo=UTC)


def permit(customer_id: object, **given: object) -> None:
    terms = {"vehicles": ["MH 1"], "valid_from": date(2026, 3, 11), "price_per_month": Decimal(310)} | given
    add_permit(customer_id=customer_id, details=PermitDetails(**terms), actor=CASHIER)


def test_a_permit_is_charged_for_its_days_and_then_by_the_month() -> None:
    customer = haulier()
    permit(customer.id, valid_until=date(2026, 5, 16))
    assert charge_months(at=MARCH) == 1
    assert get_owed(customer) == 21_000  # 21 of 31 days, above a limit of nothing
    with nothing_written():
        assert charge_months(at=MARCH + timedelta(days=9)) == 0
    assert charge_months(at=datetime(2026, 5, 2, tzinfo=UTC)) == 2  # April, which was missed, and half of May
    assert get_owed(customer) == 21_000 + 31_000 + 15_000
    assert get_balance(account=Account.REVENUE_PERMITS, currency="INR") == -67_000
    assert charge_months(at=datetime(2026, 6, 2, tzinfo=UTC)) == 0
    assert sorted(AccountCharge.objects.values_list("amount", flat=True)) == [15_000, 21_000, 31_000]
    assert list(find_disagreements()) == []


def test_validations_that_stand_are_charged_when_the_month_is_over() -> None:
    customer = haulier("prepaid")
    terms = MerchantTerms(name="Shop", facts={"x": True}, price=Decimal("2.50"), customer_id=customer.id)
    shop = add_merchant(terms=terms, location_id=None, actor=CASHIER)
    Merchant.objects.update(created_at=MARCH)
    for undone in (None, None, MARCH):
        Validation.objects.create(merchant=shop, stay_id=new_id(), facts={}, given_at=MARCH, undone_at=undone)
    assert charge_months(at=MARCH) == 0
    assert charge_months(at=datetime(2026, 4, 1, tzinfo=UTC)) == 1
    assert charge_months(at=datetime(2026, 4, 2, tzinfo=UTC)) == 0
    assert get_owed(customer) == 500
    assert list(find_disagreements()) == []


def test_the_task_of_a_tenant_leaves_the_others_alone(acme: TenantRef, globex: TenantRef) -> None:
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            permit(haulier().id)
    before = everything_written()
    charge_months_of_tenant.apply(headers={HEADER: str(acme.id)})
    after = everything_written()
    changed = {table.split(".")[0] for table in after if after[table] != before[table]}
    assert changed == {acme.schema}
    assert AccountCharge.objects.filter(of="permit").exists()
