"""The accountant's page: who sees what of it, and how it looks."""

from collections.abc import Callable

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
