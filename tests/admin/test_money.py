"""Money on the admin: lists that are found, filtered and read in few queries, by those who may."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.models import CashShift, Customer, Dispute, Invoice, OnlinePayment, Payment, PaymentRules, StayFee
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.refusals import nothing_written

from .conftest import Browser

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]
SignIn = Callable[..., Api]
PLACE = UUID("019500aa-0000-7000-8000-000000000001")


def make(number: int) -> None:
    """A payment online with its chargeback, the rules of a place, a counted shift and an invoice."""
    at = clock.now()
    stay = StayFee.objects.create(
        stay_id=new_id(), vehicle_type="car", location_id=PLACE, duration_minutes=60, currency="INR", base=2_000,
        penalty=0, discount=0, tax=0, total=2_000, tax_rate=0, paid=2_000, charged_at=at,
    )  # fmt: skip
    payment = Payment.objects.create(
        id=new_id(), stay=stay, amount=2_000, currency="INR", method="online", provider="stripe",
        reference=f"pi_{number}", receipt_number=f"R-{number}", taken_at=at,
    )  # fmt: skip
    OnlinePayment.objects.create(
        id=new_id(), stay=stay, amount=2_000, currency="INR", provider="stripe", provider_id=f"pi_{number}",
        status="succeeded", payment=payment, priced_at=at, created_at=at, changed_at=at,
    )  # fmt: skip
    Dispute.objects.create(
        id=new_id(), payment=payment, provider_id=f"dp_{number}", amount=2_000, currency="INR", reason="fraudulent",
        status="needs_response", withdrawn=True, fee=1_500, opened_at=at, changed_at=at,
    )  # fmt: skip
    PaymentRules.objects.create(id=new_id(), location_id=uuid4(), methods=["card"], version=1, changed_at=at)
    CashShift.objects.create(
        id=new_id(), location_id=PLACE, drawer=f"Booth {number}", cashier_id=uuid4(), cashier_name="Asha",
        currency="INR", opening_float=500, opened_at=at - timedelta(hours=8), status="closed", closed_at=at,
        expected=4_500, counted=4_450,
    )  # fmt: skip
    customer = Customer.objects.create(name=f"Haulier {number}", kind="credit", currency="INR")
    Invoice.objects.create(
        id=new_id(), kind="invoice", number=f"INV-{number}", customer=customer, period_from=at, issued_at=at,
        period_to=at + timedelta(days=2), issue_date=at, due_date=at, currency="INR", net=1_000, tax=180, gross=1_180,
        rounding=0, paid=0, due=1_180, moved=1_180, charged_net=1_000, charged_tax=180, content={},
    )  # fmt: skip


SHOWN = {
    "onlinepayment": ("R-1", "pi_1", "status__exact=succeeded", "status__exact=expired"),
    "dispute": ("15.00 INR", "dp_1", "reason__exact=fraudulent", "status__exact=won"),
    "paymentrules": ("card", "", "", ""),
    "cashshift": ("-0.50 INR", "Booth 1", "status__exact=closed", "status__exact=open"),
    "invoice": ("11.80 INR", "Haulier 1", "kind__exact=invoice", "kind__exact=credit_note"),
}


@pytest.mark.parametrize("table", SHOWN)
def test_a_list_is_searched_filtered_and_read_in_as_few_queries_when_it_is_long(
    browser: Open, acme: TenantRef, table: str
) -> None:
    shows, found_by, fits, fits_not = SHOWN[table]
    page = browser("owner")
    path = f"/admin/billing/{table}/"
    with tenancy.enter(acme):
        make(1)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert shows in page.get(path).content.decode()
        return len(captured)

    queries()
    few = queries()
    with tenancy.enter(acme):
        for number in range(2, 12):
            make(number)
    assert queries() == few
    assert shows in page.get(path, q=found_by).content.decode()
    if fits:
        for query, expected in ((fits, True), (fits_not, False)):
            name, _, value = query.partition("=")
            assert (shows in page.get(path, **{name: value}).content.decode()) is expected, query
        assert shows not in page.get(path, q="nothing is called so").content.decode()


@pytest.mark.parametrize("table", SHOWN)
def test_each_row_has_a_page_that_offers_no_more_than_the_role_may(browser: Open, acme: TenantRef, table: str) -> None:
    with tenancy.enter(acme):
        make(1)
        model = {"onlinepayment": OnlinePayment, "dispute": Dispute, "paymentrules": PaymentRules,
                 "cashshift": CashShift, "invoice": Invoice}[table]  # fmt: skip
        key = model.objects.values_list("pk", flat=True)[0]
    for role, status in (("owner", 200), ("auditor", 200), ("viewer", 403)):
        assert browser(role).get(f"/admin/billing/{table}/{key}/change/").status_code == status
    assert f"/admin/billing/{table}/" not in browser("viewer").get("/admin/").content.decode()
    auditor = browser("auditor")
    with nothing_written():
        for path in ("add/", f"{key}/delete/", f"{key}/change/"):
            assert auditor.post(f"/admin/billing/{table}/{path}", status="open").status_code == 403


def test_payment_rules_are_changed_by_their_command(browser: Open, acme: TenantRef, api: SignIn) -> None:
    assert api("owner").patch("billing/payment-rules", {"exitGraceMinutes": 5}, {"If-Match": '"0"'}).status == 200
    with tenancy.enter(acme):
        rules = PaymentRules.objects.get()
    call = f"/admin/billing/paymentrules/{rules.id}/change/"
    form = {"methods": ["cash", "upi"], "exit_grace_minutes": "20", "seen_version": "1"}
    assert browser("owner").post(call, **form).status_code == 302
    with tenancy.enter(acme):
        rules.refresh_from_db()
    assert (rules.methods, rules.exit_grace_minutes, rules.version) == (["cash", "upi"], 20, 2)
    owner, manager = browser("owner"), browser("manager")
    with nothing_written():
        stale = owner.post(call, **(form | {"exit_grace_minutes": "30"}))
        assert b"They are at version 2" in stale.content
        beyond = owner.post(call, **(form | {"exit_grace_minutes": "1441", "seen_version": "2"}))
        assert b"0 to 1440 minutes" in beyond.content
        assert manager.post(call, **form).status_code == 403
