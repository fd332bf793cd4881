"""The accountant's page: what would be on an invoice, issuing it, crediting it, and settling stays without a price."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from .test_looks import PHONE, faint_texts, sticking_out
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@pytest.fixture
def haulier(yard: Yard) -> str:
    """A haulier of this yard with two unpaid stays."""
    name = f"Tata {yard.name[-12:]}"
    for number in range(2):
        yard.enter(f"MH 20 {yard.name[-6:]} {number}", minutes_ago=90, transport_name=name)
        yard.leave(f"MH 20 {yard.name[-6:]} {number}")
    return name


_FIRST_BYTES = """async (path) => new TextDecoder().decode((await (await fetch(path)).arrayBuffer()).slice(0, 4))"""


def test_an_invoice_is_shown_issued_and_credited(visit: Visit, haulier: str) -> None:
    visitor = visit().sign_in("manager", "/invoices/")
    page = visitor.page
    page.get_by_role("tab", name="New invoice").click()
    page.get_by_label("Haulier", exact=True).fill(haulier)
    page.locator("#period-from").fill(f"{date.today() - timedelta(days=2)}")  # noqa: DTZ011
    page.locator("#period-to").fill(f"{date.today() + timedelta(days=2)}")  # noqa: DTZ011
    page.get_by_role("button", name="Show what would be on it").press("Enter")
    draft = page.locator("#draft")
    expect(draft.get_by_text("MH 20")).to_have_count(2)
    expect(draft.locator(".headline strong")).to_have_text("₹188.80")
    page.get_by_role("button", name="Issue this invoice").click()

    detail = page.get_by_role("dialog")
    expect(detail.get_by_role("heading")).to_contain_text("Invoice ACME-INV-")
    assert page.evaluate(_FIRST_BYTES, detail.get_by_role("link", name="PDF").get_attribute("href")) == "%PDF"
    detail.get_by_placeholder("Reason").fill("wrong address")
    detail.get_by_role("button", name="Credit it").click()
    expect(page.get_by_role("status").filter(has_text="is credited by ACME-CN-")).to_be_visible()
    expect(page.locator("#invoice-rows").get_by_text("Credit note").first).to_be_visible()
    assert visitor.complaints == []


def test_nothing_to_invoice_is_said(visit: Visit) -> None:
    page = visit().sign_in("manager", "/invoices/").page
    expect(page.get_by_role("tab", name="Invoices")).to_have_attribute("tabindex", "0")  # its script has come
    page.get_by_role("tab", name="Invoices").press("ArrowRight")
    page.get_by_label("Haulier", exact=True).fill("Nobody")
    page.get_by_role("button", name="Show what would be on it").click()
    expect(page.get_by_text("There is nothing to invoice in this period.")).to_be_visible()
    expect(page.locator("#draft")).to_be_hidden()


def test_a_stay_without_a_price_is_settled(visit: Visit, yard: Yard) -> None:
    plate = f"MH 21 {yard.name[-6:]}"
    yard.enter(plate, minutes_ago=30, vehicle_type="van")
    yard.leave(plate)
    page = visit().sign_in("manager", "/invoices/").page
    page.get_by_role("tab", name="Reconciliation").click()
    row = page.get_by_role("row").filter(has_text=plate)
    expect(row).to_contain_text("no rate was in force")
    row.get_by_role("button", name="Settle").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount, tax included").fill("50")
    dialog.get_by_label("Reason").fill("agreed by phone")
    dialog.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("is settled.")).to_be_visible()
    expect(row).to_have_count(0)


def test_an_auditor_looks_and_changes_nothing(visit: Visit) -> None:
    page = visit().sign_in("auditor", "/invoices/").page
    expect(page.get_by_role("tab", name="New invoice")).to_have_count(0)
    expect(page.get_by_role("tab", name="Reconciliation")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(visit: Visit, haulier: str, scheme: str) -> None:
    page = visit(color_scheme=scheme, **PHONE).sign_in("manager", "/invoices/").page
    expect(page.get_by_role("heading", name="Invoices")).to_be_visible()
    assert sticking_out(page) == []
    assert faint_texts(page) == []
