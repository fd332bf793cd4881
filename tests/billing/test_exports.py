"""Ledger and invoices as files: complete, balanced, harmless to a spreadsheet, and no larger in memory than a page."""

import csv
import io
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice
from apps.billing.exporting import PAGE, ledger_lines, ledger_pages
from apps.billing.ledger.missing import post_missing
from apps.billing.models import LedgerEntry
from apps.billing.periods import read_span
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.billing.conftest import CASHIER, Yard, charge, make_rate
from tests.billing.test_invoices import WANTED
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
YEAR = {"from": "2026-01-01", "to": "2027-01-01"}


def table(api: Api, what: str) -> list[dict[str, str]]:
    reply = api.get(f"billing/exports/{what}", **YEAR)
    assert (reply.status, reply["Content-Type"]) == (200, "text/csv; charset=utf-8"), reply
    return list(csv.DictReader(io.StringIO(reply.response.content.decode())))


@pytest.fixture
def books(yard: Yard) -> None:
    """A paid stay, and two of a haulier with a hostile name on an invoice, one of them credited."""
    make_rate(hourly=5_000, tax_rate=Decimal(18))
    charge(yard.stay(1), "59")
    for _ in range(2):
        charge(yard.stay(1, transport_name="=cmd|' /C calc'!A0"))
    at = datetime(2026, 4, 1, 2, tzinfo=UTC)
    wanted = type(WANTED)(
        period_from=WANTED.period_from, period_to=WANTED.period_to, transport_name="=cmd|' /C calc'!A0"
    )
    invoice = generate_invoice(wanted=wanted, actor=CASHIER, at=at)
    credit_invoice(invoice_id=invoice.id, positions=[1], reason="x", actor=CASHIER, at=at)
    post_missing()


def test_the_ledger_is_complete_and_balances(api: SignIn, books: None) -> None:
    rows = table(api("auditor"), "ledger")
    assert len(rows) == LedgerEntry.objects.count()
    sums: Counter[str] = Counter()
    for row in rows:
        assert (row["debit"] == "") != (row["credit"] == "")
        sums[row["transactionId"]] += int(Decimal(row["debit"] or 0) * 100) - int(Decimal(row["credit"] or 0) * 100)
    assert set(sums.values()) == {0}
    taken = [row for row in rows if row["kind"] == "payment_taken" and row["account"] == "cash"]
    assert [(row["document"], row["debit"], row["actor"]) for row in taken] == [("ACME-2026-000001", "59.00", "Asha")]
    moved = [row for row in rows if row["kind"] == "invoice_issued" and row["account"] == "haulier_receivable"]
    assert [(row["document"], row["debit"]) for row in moved] == [("ACME-INV-2026-000001", "118.00")]


def test_invoices_have_a_line_for_each_rate_and_credit_notes_take_away(api: SignIn, books: None) -> None:
    rows = table(api("auditor"), "invoices")
    assert [(row["number"], row["taxRate"], row["net"], row["tax"], row["gross"], row["credits"]) for row in rows] == [
        ("ACME-INV-2026-000001", "18", "100.00", "18.00", "118.00", ""),
        ("ACME-CN-2026-000001", "18", "-50.00", "-9.00", "-59.00", "ACME-INV-2026-000001"),
    ]


def test_nothing_in_them_is_a_formula(api: SignIn, books: None) -> None:
    names = {row["partyName"] for row in table(api("auditor"), "ledger")}
    names |= {row["customerName"] for row in table(api("auditor"), "invoices")}
    assert names == {"", "'=cmd|' /C calc'!A0"}


def test_a_look_is_told_to_the_trail(api: SignIn, books: None, in_acme: TenantRef) -> None:
    api("auditor").get("billing/exports/ledger", {"X-Correlation-Id": "look-1"}, **YEAR)
    assert [one.action for one in trail(in_acme, correlation_id="look-1")] == ["ledger.exported"]


def test_a_time_without_anything_is_a_head_alone(api: SignIn, books: None) -> None:
    reply = api("auditor").get("billing/exports/ledger", **{"from": "2025-01-01", "to": "2025-02-01"})
    assert len(reply.response.content.decode().splitlines()) == 1


def test_what_is_no_question_is_refused(api: SignIn) -> None:
    with nothing_written():
        assert_problem(api("auditor").get("billing/exports/ledger", **YEAR | {"format": "xls"}), 422, "invalid")
        wrong = {"from": "2026-01-01", "to": "2026-01-01"}
        assert_problem(api("auditor").get("billing/exports/invoices", **wrong), 422, "invalid", to="empty_period")


def test_many_lines_take_no_more_memory_than_a_page(books: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH moved AS (INSERT INTO billing_ledgertransaction
                (id, kind, reference, occurred_at, actor_name)
                SELECT gen_random_uuid(), 'moved', gen_random_uuid(), '2026-05-01', 'x' FROM generate_series(1, 10000)
                RETURNING id)
            INSERT INTO billing_ledgerentry (id, transaction_id, account, currency, amount)
            SELECT gen_random_uuid(), id, 'cash', 'INR', side FROM moved, (VALUES (1), (-1)) AS sides (side)"""
        )
    page_after, count, last = ledger_pages(read_span(since="2026-01-01", until="2027-01-01")), 0, None
    tracemalloc.start()
    try:
        while page := page_after(last):
            count, last = count + len(page), page[-1]
            ledger_lines(page)
            if count == 2 * PAGE:
                tracemalloc.reset_peak()
                early = tracemalloc.get_traced_memory()[1]
        late = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == LedgerEntry.objects.count() > 20_000
    assert late - early < 5_000_000
