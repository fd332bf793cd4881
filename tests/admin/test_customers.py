"""Customers, codes, merchants and permits on the admin: each written by its command, refusals shown on the form."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from apps.billing.models import Customer, DiscountCode, Merchant, Permit
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api

from .conftest import Browser

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]
SignIn = Callable[..., Api]
TATA = {"name": "Tata", "email": "", "address": "", "tax_id": "", "language": "en", "limit": "100"}


def test_a_customer_is_made_and_changed(browser: Open, acme: TenantRef) -> None:
    page = browser("manager")
    assert page.post("/admin/billing/customer/add/", **TATA, kind="credit").status_code == 302
    with tenancy.enter(acme):
        customer = Customer.objects.get()
    assert (customer.credit_limit, customer.kind) == (10_000, "credit")
    call = f"/admin/billing/customer/{customer.id}/change/"
    refused = page.post(call, **(TATA | {"email": "nobody"}), active="on")
    assert b"Write an e-mail address" in refused.content or b"valid email" in refused.content
    assert page.post(call, **(TATA | {"limit": "2.50"})).status_code == 302
    with tenancy.enter(acme):
        customer.refresh_from_db()
    assert (customer.credit_limit, customer.active, customer.version) == (250, False, 2)
    assert b"2.50 INR" in page.get("/admin/billing/customer/").content


def test_a_code_is_made_and_withdrawn(browser: Open, acme: TenantRef) -> None:
    page = browser("manager")
    limits = {"max_uses": "5", "max_per_vehicle": "", "max_per_day": "", "valid_from_0": "", "valid_until_0": ""}
    assert page.post("/admin/billing/discountcode/add/", code="SUMMER", **limits).status_code == 302
    with tenancy.enter(acme):
        code = DiscountCode.objects.get()
    assert (code.facts, code.max_uses, code.active) == ({"SUMMER": True}, 5, True)
    assert page.post(f"/admin/billing/discountcode/{code.id}/change/", **limits).status_code == 302
    with tenancy.enter(acme):
        code.refresh_from_db()
    assert (code.active, code.version) == (False, 2)


def test_a_merchant_gets_a_quota_and_a_permit_is_ended(browser: Open, api: SignIn, acme: TenantRef) -> None:
    manager, page = api("manager"), browser("manager")
    shop = manager.post("billing/merchants", {"name": "Shop", "facts": {"x": True}}).json["id"]
    form = {"name": "Shop", "quota_per_day": "3", "quota_per_month": "", "active": "on"}
    assert page.post(f"/admin/billing/merchant/{shop}/change/", **form).status_code == 302
    customer = manager.post("billing/customers", {"name": "Tata", "kind": "credit"}).json["id"]
    body = {"customerId": customer, "vehicles": ["MH 1"], "validFrom": "2026-01-01", "pricePerMonth": Decimal(5)}
    permit = manager.post("billing/permits", body | {"pricePerMonth": 5}).json["id"]
    page.post("/admin/billing/permit/", action="end", _selected_action=permit)
    with tenancy.enter(acme):
        assert Merchant.objects.get().quota_per_day == 3
        assert Permit.objects.get().active is False


def test_an_operator_does_not_write(browser: Open, acme: TenantRef) -> None:
    assert browser("auditor").post("/admin/billing/customer/add/", **TATA, kind="credit").status_code == 403
    with tenancy.enter(acme):
        assert not Customer.objects.exists()
