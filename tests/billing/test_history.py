"""Billing history: by the tenant's calendar, by what it was for, within reach; and one with the ledger."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.history import get_billing_history
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.missing import post_missing
from apps.billing.models import LedgerEntry, Payment
from apps.billing.periods import read_span
from apps.core import reach, tenancy
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, make_rate
from tests.billing.hauliers import haulier, put_on_account
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


@pytest.fixture
def busy(yard: Yard) -> None:
    """On the 2nd one who paid in part gets money back and one is void; on the 3rd one pays by account, one is owed."""
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    make_rate(hourly=9_000, vehicle_type="truck")
    first, second, third = yard.stay(1), yard.stay(1, "truck"), yard.stay(1, location_id=OTHER_YARD)
    charge(first, "59")
    charge(second, "90")
    paid, undone = Payment.objects.get(stay_id=first.stay_id), Payment.objects.get(stay_id=second.stay_id)
    refund_payment(payment_id=paid.id, amount=Decimal(9), reason="x", actor=CASHIER, at=ENTRY + timedelta(hours=2))
    void_payment(payment_id=undone.id, reason="x", actor=CASHIER, at=undone.taken_at + timedelta(hours=1))
    charge(third, at=ENTRY + timedelta(days=1))
    put_on_account(third.stay_id, haulier(limit="100"))
    post_missing()


def test_by_day(api: SignIn, busy: None) -> None:
    said = api("auditor").get("billing/history", **MARCH)
    assert said.status == 200, said
    day = {"currency": "INR", "discounts": 0}
    assert said.json == {
        "groupBy": "day",
        "groups": [
            day | {"key": "2026-03-02", "charged": 149, "tax": 9, "paid": 118, "refunded": 9, "outstanding": 90,
                   "stays": 2},
            day | {"key": "2026-03-03", "charged": 59, "tax": 9, "paid": 0, "refunded": 0, "outstanding": 0,
                   "stays": 1},
        ],
        "totals": [
            day | {"key": "", "charged": 208, "tax": 18, "paid": 118, "refunded": 9, "outstanding": 90, "stays": 3}
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("week", [("2026-03-02", 208, 118)]),
        ("month", [("2026-03-01", 208, 118)]),
        ("location", [(str(YARD), 149, 59), (str(OTHER_YARD), 59, 59)]),
        ("vehicleType", [("car", 118, 118), ("truck", 90, 0)]),
        ("method", [("account", 0, 59), ("cash", 0, 59)]),
    ],
)
def test_by_other_groups(api: SignIn, busy: None, group_by: str, expected: list[Any]) -> None:
    groups = api("auditor").get("billing/history", **MARCH, groupBy=group_by).json["groups"]
    assert [(group["key"], group["charged"], group["paid"]) for group in groups] == expected


def test_by_customer(api: SignIn, busy: None) -> None:
    (group,) = api("auditor").get("billing/history", **MARCH, groupBy="customer").json["groups"]
    assert group["paid"] == 59


def test_it_is_what_the_ledger_says(busy: None) -> None:
    (total,) = get_billing_history(span=read_span(since="2026-03-01", until="2026-04-01"), group_by="month")

    def posted(kind: str, account: Account) -> int:
        entries = LedgerEntry.objects.filter(transaction__kind=kind, account=account)
        return int(entries.aggregate(total=Sum("amount"))["total"] or 0)

    assert total.charged == posted("stay_charged", Account.STAYS_RECEIVABLE)
    assert total.tax == -posted("stay_charged", Account.TAX_PAYABLE)
    taken, undone = "payment_taken", "payment_voided"
    assert total.paid == -posted(taken, Account.STAYS_RECEIVABLE) - posted(undone, Account.STAYS_RECEIVABLE)
    assert total.refunded == get_balance(account=Account.REFUNDS, currency="INR")
    assert total.outstanding == get_balance(account=Account.STAYS_RECEIVABLE, currency="INR")


def test_days_are_of_the_tenants_clocks_when_they_change(yard: Yard, globex: TenantRef) -> None:
    """In Amsterdam 29 March 2026 has 23 hours: from 23:00 UTC until 22:00 UTC."""
    with tenancy.enter(globex):
        make_rate(currency="EUR", at=datetime(2026, 1, 1, tzinfo=UTC))
        for at in ("2026-03-28T22:59:59", "2026-03-28T23:00:00", "2026-03-29T21:59:59", "2026-03-29T22:00:00"):
            end = datetime.fromisoformat(f"{at}+00:00")
            charge(yard.stay(entry_at=end - timedelta(minutes=30), exit_at=end))
        groups = get_billing_history(span=read_span(since="2026-03-28", until="2026-04-01"), group_by="day")
        assert [(row.key, row.stays) for row in groups] == [("2026-03-28", 1), ("2026-03-29", 2), ("2026-03-30", 1)]
        one = get_billing_history(span=read_span(since="2026-03-29", until="2026-03-30"), group_by="day")
        assert [(row.key, row.stays) for row in one] == [("2026-03-29", 2)]


def test_a_narrowed_reader_sees_the_own_locations(busy: None) -> None:
    span = read_span(since="2026-03-01", until="2026-04-01")
    with reach.narrowed_to(frozenset({OTHER_YARD})):
        assert [(row.charged, row.paid) for row in get_billing_history(span=span, group_by="month")] == [(5_900, 5_900)]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"from": "2026-03-01", "to": "2026-03-01"}, "to", "empty_period"),
        ({"from": "2026-03-01T00:00:00", "to": "2026-04-01"}, "from", "naive_timestamp"),
        ({"from": "2026-02-30", "to": "2026-04-01"}, "from", "invalid"),
        ({"from": "1999-12-31", "to": "2026-04-01"}, "from", "out_of_range"),
        ({"from": "2001-01-01", "to": "2026-04-01"}, "to", "period_too_long"),
        ({"from": "2026-03-01"}, "to", "required"),
        ({"from": "2026-03-01", "to": "2026-04-01", "groupBy": "year"}, "groupBy", "invalid"),
    ],
)
def test_what_is_no_time_is_refused(api: SignIn, query: dict[str, str], field: str, code: str) -> None:
    with nothing_written():
        assert_problem(api("auditor").get("billing/history", **query), 422, "invalid", **{field: code})


def test_timestamps_are_taken_too(api: SignIn, busy: None) -> None:
    hours = {"from": "2026-03-02T00:00:00+05:30", "to": "2026-03-02T23:59:59Z"}
    assert [group["key"] for group in api("auditor").get("billing/history", **hours).json["groups"]] == ["2026-03-02"]


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("operator", 403), ("viewer", 403)])
def test_who_may_read_reports_may_read_it(api: SignIn, role: str, status: int) -> None:
    assert api(role).get("billing/history", **MARCH).status == status


def test_each_tenant_has_its_own(api: SignIn, busy: None) -> None:
    assert api("owner", "globex").get("billing/history", **MARCH).json["groups"] == []
