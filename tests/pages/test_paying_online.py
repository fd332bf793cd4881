"""A cashier asks for a payment, the payer pays on their own phone, and the cashier's page tells of it by itself."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.billing.stripe_standin import SECRET, StripeStandIn

from .serving import served_platform
from .test_looks import PHONE, faint_texts, sticking_out
from .test_payments import found
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def provider() -> Iterator[StripeStandIn]:
    provider = StripeStandIn()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def port(provider: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A platform of its own, which takes money online. No worker runs beside it: it must do without."""
    stripe = {
        "STRIPE_SECRET_KEY": "sk_test_stand_in",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_stand_in",
        "STRIPE_API_BASE": provider.base,
        "STRIPE_JS": f"{provider.base}/stripe.js",
    }
    with served_platform(tmp_path_factory.mktemp("paying"), whose="paying", settings=stripe) as port:
        yield port


def ask(visit: Visit, yard: Yard, plate: str, **options: object) -> Page:
    yard.enter(plate, minutes_ago=70)
    yard.leave(plate)
    page = found(visit, plate, role="operator", **options)
    page.get_by_role("radio", name="Payer’s phone").check()
    page.get_by_role("button", name="Ask for ₹94.40").click()
    expect(page.locator("#asked-status")).to_have_text("Waiting for the payer…")
    return page


def payers(visit: Visit, cashier: Page, **options: object) -> Page:
    phone = visit(**(PHONE | options)).page
    phone.goto(cashier.get_by_role("link", name="Open the page to pay").get_attribute("href") or "")
    expect(phone.locator("#sum")).to_have_text("₹94.40")
    return phone


def test_it_is_paid_on_the_payers_phone_after_a_declined_card(visit: Visit, yard: Yard) -> None:
    cashier = ask(visit, yard, "MH 01 NET 01")
    code = cashier.get_by_alt_text("Code of the page to pay")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 0
    expect(cashier.locator("#take")).to_be_hidden()
    phone = payers(visit, cashier)
    phone.get_by_label("Card number").fill("4000 0000 0000 0002")
    phone.get_by_role("button", name="Pay ₹94.40").click()
    expect(phone.locator("#trouble")).to_have_text("Your card was declined.")
    expect(cashier.locator("#asked-status")).to_contain_text("tried in vain")
    phone.get_by_label("Card number").fill("4242 4242 4242 4242")
    phone.get_by_role("button", name="Pay ₹94.40").click()
    expect(phone.locator("#word")).to_contain_text("Paid. Thank you")
    expect(cashier.locator("#note")).to_contain_text("Paid ₹94.40 online.")
    expect(cashier.locator("#due")).to_have_text("₹0.00")
    expect(cashier.locator("#asked")).to_be_hidden()
    expect(cashier.locator("#totals")).to_contain_text("Online")


def test_who_pays_in_cash_after_all_is_asked_for_nothing_on_the_phone(visit: Visit, yard: Yard) -> None:
    cashier = ask(visit, yard, "MH 01 NET 02")
    phone = payers(visit, cashier)
    cashier.get_by_role("button", name="Pay otherwise").click()
    cashier.get_by_role("radio", name="Cash").check()
    cashier.get_by_role("button", name="Take ₹94.40").click()
    expect(cashier.locator("#due")).to_have_text("₹0.00")
    expect(phone.locator("#word")).to_contain_text("was withdrawn")
    expect(phone.locator("#form")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"viewport": {"width": 1440, "height": 900}}, PHONE], ids=["desk", "phone"])
def test_it_is_read_in_both_themes_on_both_widths(
    visit: Visit, yard: Yard, scheme: str, size: dict[str, object]
) -> None:
    plate = f"MH 03 {scheme[:2].upper()} {len(size)}"
    cashier = ask(visit, yard, plate, color_scheme=scheme, **size)
    phone = payers(visit, cashier, color_scheme=scheme, **size)
    expect(phone.get_by_label("Card number")).to_be_visible()
    for page in (cashier, phone):
        assert faint_texts(page) == []
        assert sticking_out(page) == []
