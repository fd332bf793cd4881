"""A cashier's drawer from the float to the count, by keyboard alone; and the manager who looks at the counts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
_FETCH = """async (path) => {
    const answer = await fetch(path);
    return [answer.status, answer.headers.get("content-type")];
}"""


@pytest.fixture
def cashier(visit: Visit, yard: Yard) -> Visitor:
    """An operator without an open shift."""
    visitor = visit().sign_in("operator")
    for shift in visitor.call("GET", "billing/shifts?mine=true&status=open")["items"]:
        visitor.call("POST", f"billing/shifts/{shift['id']}/close", {"counted": 0})
    return visitor


def opened(cashier: Visitor, yard: Yard, *, opening_float: float = 500) -> str:
    body = {"locationId": yard.id, "drawer": "Booth", "openingFloat": opening_float}
    return str(cashier.call("POST", "billing/shifts", body)["id"])


def paid(cashier: Visitor, yard: Yard, plate: str) -> None:
    """47.20 in cash for an hour."""
    yard.enter(plate, minutes_ago=30)
    cashier.call("POST", "parking/exits", {"vehicleNumber": plate, "payment": {"method": "cash", "amount": 47.20}})


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#word")).to_contain_text(words)


def test_a_shift_from_float_to_count_by_keyboard_alone(cashier: Visitor, yard: Yard) -> None:
    page, keys = cashier.go("/till/"), cashier.page.keyboard
    expect(page.get_by_label("Float")).to_be_focused()
    page.get_by_label("Location").select_option(yard.id)
    page.get_by_label("Float").focus()
    keys.type("500")
    keys.press("Enter")
    says(page, "Your drawer is open with a float of ₹500.00")
    expect(page.locator("#count-open")).to_be_focused()

    paid(cashier, yard, "TILL 1")
    page.get_by_label("Amount").focus()
    keys.type("100")
    keys.press("Tab")
    keys.type("evening")
    keys.press("Enter")
    says(page, "To the safe: ₹100.00")
    expect(page.locator("#taken li")).to_have_count(2)
    expect(page.locator("#taken")).to_contain_text("₹47.20")
    assert "447.20" not in page.content()

    keys.press("Alt+c")
    expect(page.locator("#pieces input").first).to_be_focused()
    for pieces in ("", "2", "", "", "2", "", "3"):  # 2 × 200, 2 × 20, 3 × 5: 455 are there
        keys.type(pieces)
        keys.press("ArrowDown")
    expect(page.locator("#counted")).to_have_text("₹455.00")
    keys.press("Enter")
    keys.press("Enter")
    expect(page.locator("#count-sure")).to_be_visible()
    expect(page.locator("#count-yes")).to_be_focused()
    keys.press("Enter")

    expect(page.locator("#result-sums")).to_contain_text("Expected")
    expect(page.locator("#result-sums")).to_contain_text("₹447.20")
    expect(page.locator("#result-sums")).to_contain_text("Difference, over")
    expect(page.locator("#result-sums")).to_contain_text("+₹7.80")
    expect(page.get_by_role("link", name="Print")).to_be_focused()
    printed = page.evaluate(_FETCH, page.locator("#result-print").get_attribute("href"))
    assert printed == [200, "application/pdf"]


def test_a_reload_finds_the_open_drawer(cashier: Visitor, yard: Yard) -> None:
    opened(cashier, yard)
    paid(cashier, yard, "TILL 2")
    page = cashier.go("/till/")
    expect(page.locator("#title")).to_have_text("Drawer Booth")
    expect(page.locator("#facts")).to_contain_text(yard.name)
    expect(page.locator("#taken li")).to_have_count(1)


def test_reports_of_a_lost_ticket_and_an_opened_barrier(cashier: Visitor, yard: Yard) -> None:
    opened(cashier, yard)
    yard.enter("TILL 3")
    page = cashier.go("/till/")
    form = page.locator("#report-form")
    form.get_by_label("Gate").fill("Gate A")
    form.get_by_label("Reason").fill("ambulance")
    form.get_by_role("button").click()
    says(page, "Barrier opened by hand is reported")
    form.get_by_text("Lost ticket").click()
    form.get_by_label("Number plate").fill("nobody 1")
    form.get_by_label("Reason").fill("lost it")
    form.get_by_role("button").click()
    says(page, "No stay of this plate was found")
    form.get_by_label("Number plate").fill("till 3")
    form.get_by_role("button").click()
    says(page, "Lost ticket is reported")
    expect(page.locator("#taken")).to_contain_text("Gate A: ambulance")


def test_what_cannot_be_is_said_and_nothing_is_lost(cashier: Visitor, yard: Yard) -> None:
    page = cashier.go("/till/")
    page.get_by_label("Location").select_option(yard.id)
    page.get_by_label("Float").fill("a lot")
    page.get_by_label("Float").press("Enter")
    says(page, "Write what lies in the drawer")
    expect(page.get_by_label("Float")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Float")).to_have_value("a lot")
    yard.owner.call("POST", "billing/shifts", {"locationId": yard.id, "drawer": "Taken", "openingFloat": 1})
    page.get_by_label("Drawer", exact=True).fill("Taken")
    page.get_by_label("Float").fill("12,50")
    page.get_by_label("Float").press("Enter")
    says(page, "Somebody has this drawer open")
    for shift in yard.owner.call("GET", "billing/shifts?mine=true&status=open")["items"]:
        yard.owner.call("POST", f"billing/shifts/{shift['id']}/close", {"counted": 1})


def test_a_drawer_is_handed_over_and_taken(cashier: Visitor, visit: Visit, yard: Yard) -> None:
    opened(cashier, yard, opening_float=300)
    page = cashier.go("/till/")
    page.locator("#count-open").click()
    page.locator("#pieces input").nth(1).fill("1")
    page.locator("#pieces input").nth(2).fill("1")
    page.get_by_role("button", name="Hand the drawer over").click()
    page.get_by_role("button", name="That is what lies there").click()
    expect(page.locator("#title")).to_contain_text("waits for who takes it over")

    manager = visit().sign_in("manager", "/till/").page
    manager.get_by_role("button", name="Take over drawer Booth with ₹300.00").first.click()
    says(manager, "Your drawer is open with a float of ₹300.00")
    manager.keyboard.press("Alt+c")
    manager.locator("#pieces input").nth(2).fill("3")
    manager.get_by_role("button", name="Close the shift").click()
    manager.get_by_role("button", name="That is what lies there").click()
    expect(manager.locator("#result-sums")).to_contain_text("Difference, even")


def test_escape_leaves_a_count_and_a_wrong_one_is_not_sent(cashier: Visitor, yard: Yard) -> None:
    opened(cashier, yard)
    page = cashier.go("/till/")
    expect(page.locator("#count-open")).to_be_focused()
    page.keyboard.press("Alt+c")
    page.locator("#pieces input").first.fill("1.5")
    page.get_by_role("button", name="Close the shift").click()
    says(page, "Write how many pieces there are")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_visible()
    expect(page.locator("#counting")).to_be_hidden()


def test_a_manager_sees_differences_and_counts_again(cashier: Visitor, visit: Visit, yard: Yard) -> None:
    shift = opened(cashier, yard)
    cashier.call("POST", f"billing/shifts/{shift}/close", {"counted": 480})
    empty = Yard.opened(yard.owner, name=f"{yard.name} empty")
    page = visit().sign_in("manager", "/shifts/").page
    page.get_by_label("Location").select_option(empty.id)
    expect(page.get_by_text("No shift was opened in this time. A cashier opens one at the till.")).to_be_visible()
    expect(page.get_by_text("No drawer was counted in this time.")).to_be_visible()
    expect(page.locator("#chart")).to_be_hidden()
    expect(page.get_by_text("Choose one in the list")).to_be_visible()
    page.get_by_label("Location").select_option(yard.id)
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows tr")).to_contain_text("-₹20.00 short")
    expect(page.locator("#chart")).to_be_visible()
    expect(page.locator("#chart-sum")).to_have_text("1 counted, 1 short, -₹20.00 in all")
    expect(page.locator("#chart rect")).to_have_count(1)

    page.locator("#rows button").press("Enter")
    expect(page.locator("#detail-title")).to_have_text("Operator Of Acme, drawer Booth")
    expect(page.locator("#detail-sums")).to_contain_text("Difference, short")
    page.locator("#recount-sum").fill("500")
    page.get_by_role("button", name="Record the recount").click()
    says(page, "Say why it was counted again")
    page.get_by_label("Reason").fill("a note lay under the tray")
    page.get_by_role("button", name="Record the recount").click()
    says(page, "The recount is recorded")
    expect(page.locator("#detail-sums")).to_contain_text("Difference, even")
    expect(page.locator("#rows tr")).to_contain_text("even")
    page.get_by_role("button", name="Confirm the count").click()
    says(page, "The count is confirmed")


def test_a_manager_closes_the_drawer_of_one_who_went_home(cashier: Visitor, visit: Visit, yard: Yard) -> None:
    opened(cashier, yard)
    page = visit().sign_in("manager", "/shifts/").page
    page.get_by_label("Location").select_option(yard.id)
    expect(page.locator("#rows tr")).to_have_count(1)
    page.locator("#rows button").click()
    expect(page.locator("#detail-sums")).to_contain_text("Expected")
    page.locator("#recount-sum").fill("500")
    page.get_by_role("button", name="Close the shift").click()
    says(page, "The shift is closed")


def test_an_operator_is_not_shown_everybodys_shifts(cashier: Visitor) -> None:
    refused = cashier.page.goto(cashier.url("/shifts/"))
    assert refused is not None
    assert refused.status == 403
    expect(cashier.go("/").get_by_role("link", name="Till")).to_be_visible()
    expect(cashier.page.get_by_role("link", name="Shifts")).to_have_count(0)
