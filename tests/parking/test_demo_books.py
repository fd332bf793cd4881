"""The demo's books: made by the commands that people use, once, and true."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from apps.auth.public import demo_staff
from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import (
    CashShift,
    Customer,
    DiscountCode,
    Invoice,
    Merchant,
    Payment,
    Permit,
    RateStructure,
    ShiftIncident,
    TariffSimulation,
    Validation,
)
from apps.billing.public import post_missing
from apps.billing.shifts.drawers import drawer_sums
from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id
from apps.parking.simulation.demo import keep_books, seed_tenant
from apps.parking.simulation.demo_sites import DEMO_TENANTS
from apps.parking.simulation.site_plans import DemoTenant
from tests.refusals import nothing_written

from .test_seed_demo import small

NOW = datetime(2026, 3, 18, 8, 30, tzinfo=UTC)


@pytest.fixture(params=DEMO_TENANTS, ids=lambda plan: plan.slug)
def plan(request: pytest.FixtureRequest, as_owner: None) -> Iterator[DemoTenant]:
    """A demo tenant with a quiet history since two months and a half, entered."""
    plan = small(request.param)
    tenant = tenancy.directory().by_slug(plan.slug)
    assert tenant is not None
    with tenancy.enter(tenant):
        seed_tenant(plan, start=NOW - timedelta(days=76), at=NOW, seed=5, staff=staff_of(plan))
        yield plan


def staff_of(plan: DemoTenant) -> dict[str, Actor]:
    tenant = tenancy.current()
    cashier = Actor(kind=ActorKind.USER, id=new_id(), name="Cashier", role="operator", tenant_id=tenant.id)
    return {**demo_staff(tenant=tenant), "cashier": cashier}


def test_a_week_at_the_till_and_two_months_of_invoices(plan: DemoTenant) -> None:
    assert keep_books(plan, staff=staff_of(plan), at=NOW)
    post_missing()

    assert list(find_disagreements()) == []
    assert {customer.kind for customer in Customer.objects.all()} == {"credit", "prepaid"}
    assert Permit.objects.get().vehicles.count() > Permit.objects.get().places
    assert Merchant.objects.count() == DiscountCode.objects.count() == 1
    assert Validation.objects.exists()

    older, recent, note = Invoice.objects.order_by("id")
    assert (older.kind, recent.kind, note.kind) == ("invoice", "invoice", "credit_note")
    assert older.period_to == recent.period_from < recent.period_to <= NOW.date()
    assert note.credits_id == recent.id
    assert note.gross < recent.gross

    *closed, now_open = CashShift.objects.order_by("id")
    assert [shift.status for shift in closed] == ["closed"] * 6
    assert now_open.status == "open"
    last = drawer_sums(closed[-1])
    assert (last.refunds.times, last.voids.times) == (1, 1)
    assert (last.lost_tickets.times, last.manual_opens.times) == (1, 1)
    assert closed[-1].counted is not None
    assert closed[-1].counted < last.expected
    assert [shift.recounts.count() for shift in closed].count(1) == 1
    methods = set(Payment.objects.filter(taken_by=now_open.cashier_id).values_list("method", flat=True))
    assert methods >= {"cash", "upi", "card", "account"}

    draft = RateStructure.objects.get(status="draft")
    assert TariffSimulation.objects.get(rate_id=draft.rate_id).status == "done"
    assert RateStructure.objects.filter(effective_at__gt=NOW, status="active").count() == 1


def test_they_are_made_once_and_never_into_somebodys_own(plan: DemoTenant) -> None:
    staff = staff_of(plan)
    ours = Customer.objects.create(name="Ours", kind="credit", currency=tenancy.current().currency)
    with nothing_written():
        assert not keep_books(plan, staff=staff, at=NOW)
    ours.delete()
    assert keep_books(plan, staff=staff, at=NOW)
    with nothing_written():
        assert not keep_books(plan, staff=staff, at=NOW)
    assert ShiftIncident.objects.count() == 2
