"""The page of payments: a stay is found, paid with change, refunded with a reason; the day's takings are counted."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .test_looks import PHONE, faint_texts, sticking_out
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def found(visit: Visit, plate: str, role: str = "manager", **options: object) -> Page:
    page = visit(**options).sign_in(role).go("/payments/")
    page.get_by_label("Number plate, driver or haulier").fill(plate)
    page.keyboard.press("Enter")
    expect(page.locator("#account-title")).to_have_text(plate)
    return page


def test_a_debt_is_paid_in_cash_with_change_and_refunded(visit: Visit, yard: Yard) -> None:
    yard.enter("MH 01 PAY 01", minutes_ago=70)
    yard.leave("MH 01 PAY 01")
    page = found(visit, "MH 01 PAY 01")
    expect(page.locator("#due")).to_have_text("₹94.40")
    page.get_by_label("Cash received").fill("100")
    expect(page.locator("#change")).to_have_text("₹5.60")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_contain_text("Change: ₹5.60")
    expect(page.locator("#due")).to_have_text("₹0.00")
    expect(page.locator("#take")).to_be_hidden()
    expect(page.locator("#totals")).to_contain_text("Cash")
    page.get_by_role("button", name="Refund…").click()
    page.get_by_label("Amount").fill("200")
    page.get_by_label("Reason").fill("barrier was stuck")
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.locator("#back-trouble")).to_contain_text("94.40 INR is left")
    page.get_by_label("Amount").fill("20")
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.locator("#made")).to_contain_text("Refunded ₹20.00: barrier was stuck")


def test_a_parked_vehicle_pays_by_card_and_is_told_how_long_it_may_stay(visit: Visit, yard: Yard) -> None:
    yard.enter("MH 01 PAY 02", minutes_ago=5)
    page = found(visit, "MH 01 PAY 02", role="operator")
    page.get_by_label("Card").check()
    page.get_by_role("button", name=re.compile("Take")).click()
    expect(page.locator("#trouble")).to_contain_text("terminal's reference")
    page.get_by_label("The terminal’s reference").fill("slip 77")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_contain_text("It may leave until")
    expect(page.get_by_role("button", name="Refund…")).to_have_count(0)
    expect(page.get_by_role("link", name="Receipt")).to_have_attribute("href", re.compile(r"/receipts/ACME-.*\.pdf$"))


def test_an_account_pays_whether_it_has_the_vehicle_is_named_or_is_one_of_two(visit: Visit, yard: Yard) -> None:
    for name in ("Anand Lines", "Bharat Lines"):
        customer = {"name": name, "kind": "credit", "creditLimit": 1000, "vehicles": ["MH 01 ACC 1"]}
        yard.owner.call("POST", "billing/customers", customer)
    for plate in ("MH 01 ACC 1", "MH 01 ACC 2"):
        yard.enter(plate, minutes_ago=70)
        yard.leave(plate)
    page = found(visit, "MH 01 ACC 1", role="operator")
    page.get_by_role("radio", name="Account").check()
    page.get_by_role("button", name="Charge ₹94.40").click()
    expect(page.locator("#trouble")).to_contain_text("More than one customer")
    page.get_by_role("radio", name="Bharat Lines").check()
    page.get_by_role("button", name="Charge ₹94.40").click()
    expect(page.locator("#note")).to_contain_text("Charged ₹94.40")
    expect(page.locator("#due")).to_have_text("₹0.00")
    page.get_by_label("Number plate, driver or haulier").fill("MH 01 ACC 2")
    page.keyboard.press("Enter")
    expect(page.locator("#account-title")).to_have_text("MH 01 ACC 2")
    page.get_by_role("radio", name="Account").check()
    page.get_by_role("button", name="Charge ₹94.40").click()
    expect(page.locator("#trouble")).to_contain_text("No customer has an account for this vehicle")
    page.get_by_label("Customer").fill("anand")
    expect(page.get_by_role("radio", name="Anand Lines")).to_be_checked()
    page.get_by_role("button", name="Charge ₹94.40").click()
    expect(page.locator("#note")).to_contain_text("Charged ₹94.40")
    expect(page.locator("#totals")).to_contain_text("Account")


def test_a_location_offers_its_ways_to_pay_alone_and_the_day_tells_what_went_back(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("owner").go("/payments/")
    yard.enter("MH 01 WAY 1", minutes_ago=70)
    yard.leave("MH 01 WAY 1")
    status = page.evaluate(
        """async (place) => {
            const token = document.querySelector('meta[name="csrf-token"]').content;
            const headers = { "Content-Type": "application/json", "X-CSRFToken": token, "If-Match": '"0"' };
            const body = JSON.stringify({ paymentMethods: ["card"] });
            const path = `/api/v1/billing/payment-rules?locationId=${place}`;
            return (await fetch(path, { method: "PATCH", headers, body })).status;
        }""",
        yard.id,
    )
    assert status == 200
    page.get_by_label("Number plate, driver or haulier").fill("MH 01 WAY 1")
    page.keyboard.press("Enter")
    expect(page.locator("#account-title")).to_have_text("MH 01 WAY 1")
    expect(page.get_by_role("radio", name="Card")).to_be_checked()
    for hidden in ("Cash", "UPI", "Account", "Payer’s phone"):
        expect(page.get_by_role("radio", name=hidden)).to_be_hidden()
    page.get_by_label("The terminal’s reference").fill("slip way 1")
    page.keyboard.press("Enter")
    expect(page.locator("#due")).to_have_text("₹0.00")
    page.get_by_role("button", name="Refund…").click()
    page.get_by_label("Amount").fill("4.40")
    page.get_by_label("Reason").fill("goodwill")
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.locator("#made")).to_contain_text("goodwill")
    expect(page.locator("#totals tr", has_text="Card")).to_contain_text("₹4.40")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"viewport": {"width": 1440, "height": 900}}, PHONE], ids=["desk", "phone"])
def test_it_is_read_in_both_themes_on_both_widths(
    visit: Visit, yard: Yard, scheme: str, size: dict[str, object]
) -> None:
    plate = f"MH 02 {scheme[:2].upper()} {len(size)}"
    yard.enter(plate, minutes_ago=200)
    page = found(visit, plate, color_scheme=scheme, **size)
    expect(page.locator("#today")).to_have_attribute("aria-busy", "false")
    assert faint_texts(page) == []
    assert sticking_out(page) == []


def test_a_viewer_sees_no_payments(visit: Visit) -> None:
    page = visit().sign_in("viewer").go("/payments/")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Payments")
