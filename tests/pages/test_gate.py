"""Recording entries and exits with the keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from .visitor import Visitor, act_on
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def at_the_gate(visit: Visit, yard: Yard) -> Page:
    visitor = visit().sign_in("operator")
    visitor.stand_at(yard.id)
    page = visitor.go("/gate/")
    expect(page.locator("#here-name")).to_have_text(yard.name)
    expect(page.get_by_label("Number plate")).to_be_focused()
    return page


def says(page: Page, title: str | re.Pattern[str], detail: str | re.Pattern[str] = "") -> None:
    expect(page.locator("#say-title")).to_have_text(title)
    if detail:
        expect(page.locator("#say-detail")).to_contain_text(detail)


def ready_to_settle(page: Page, plate: str) -> None:
    """The fee is on the screen, and long enough to be read."""
    says(page, f"{plate} is in the yard")
    page.wait_for_timeout(700)


def posts_to(page: Page, path: str) -> list[Request]:
    seen: list[Request] = []
    page.on("request", lambda sent: sent.method == "POST" and sent.url.endswith(path) and seen.append(sent))
    return seen


def test_an_entry_and_an_exit_with_cash_by_keyboard_alone(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    keys = page.keyboard
    keys.type("ka 01 ab 1234")
    says(page, "KA 01 AB 1234 is not in the yard")
    keys.press("Enter")
    says(page, "KA 01 AB 1234 is in", f"Car at {yard.name}")
    expect(page.get_by_label("Number plate")).to_be_focused()
    expect(page.get_by_label("Number plate")).to_have_value("")
    expect(page.locator("#room-free")).to_have_text("9")

    yard.leave("KA01AB1234")
    yard.enter("KA 01 AB 1234", minutes_ago=135)
    keys.type("ka01ab1234")
    says(page, "KA 01 AB 1234 is in the yard", "2 h 15 min")
    expect(page.locator("#due")).to_have_text("₹141.60")
    expect(page.locator("#bill-lines tr")).not_to_have_count(0)
    page.wait_for_timeout(700)
    keys.press("Tab")
    expect(page.get_by_label("Cash received")).to_be_focused()
    keys.type("200")
    expect(page.locator("#change")).to_have_text("₹58.40")
    keys.press("Enter")
    says(page, "KA 01 AB 1234 is out: give back ₹58.40", re.compile(r"₹141\.60 cash.*receipt \S+"))
    expect(page.locator("#recent li")).to_have_count(2)
    assert yard.stays("KA01AB1234")[0]["status"] == "exited"
    assert yard.occupied == 0


def test_no_cash_typed_means_exactly_the_fee(visit: Visit, yard: Yard) -> None:
    yard.enter("EXACT 1", minutes_ago=30)
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/exits")
    page.keyboard.type("exact 1")
    ready_to_settle(page, "EXACT 1")
    page.keyboard.press("Enter")
    says(page, "EXACT 1 is out", "₹47.20 cash")
    assert sent[0].post_data_json["payment"] == {"method": "cash", "amount": 47.2}


def test_too_little_cash_is_not_recorded(visit: Visit, yard: Yard) -> None:
    yard.enter("SHORT 1", minutes_ago=30)
    page = at_the_gate(visit, yard)
    page.keyboard.type("short 1")
    ready_to_settle(page, "SHORT 1")
    page.keyboard.press("Tab")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    says(page, "Short by ₹7.20")
    assert yard.stays("SHORT1")[0]["status"] == "parked"


def test_a_double_enter_acts_once(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/entries")
    page.keyboard.type("twice 1")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    says(page, "TWICE 1 is in")
    page.keyboard.press("Enter")
    says(page, "TWICE 1 is in")
    assert len(sent) == 1
    assert len(yard.stays("TWICE1")) == 1


def test_a_double_enter_takes_no_money_before_the_fee_was_seen(visit: Visit, yard: Yard) -> None:
    yard.enter("HASTY 1", minutes_ago=30)
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/exits")
    page.keyboard.type("hasty 1")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    ready_to_settle(page, "HASTY 1")
    assert not sent
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    says(page, "HASTY 1 is out")
    assert len(sent) == 1


def test_a_lost_answer_is_asked_for_again_and_acts_once(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/entries")
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(act_on(route.request))
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/v1/parking/entries", lose_the_first)
    page.keyboard.type("lost 1")
    page.keyboard.press("Enter")
    says(page, "LOST 1 is in")
    assert lost == [201]
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert len(yard.stays("LOST1")) == 1


def test_an_act_without_an_answer_outlives_a_reload(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    page.route("**/api/v1/parking/entries", lambda route: route.abort("connectionreset"))
    page.keyboard.type("patient 1")
    page.keyboard.press("Enter")
    says(page, "No answer yet: press Enter to ask again")
    page.unroute("**/api/v1/parking/entries")
    page.reload()
    expect(page.get_by_label("Number plate")).to_have_value("PATIENT 1")
    expect(page.get_by_label("Number plate")).to_be_focused()
    page.keyboard.press("Enter")
    says(page, "PATIENT 1 is in")
    assert len(yard.stays("PATIENT1")) == 1


def test_a_full_location_refuses_and_says_what_to_do(visit: Visit, yard: Yard) -> None:
    small = Yard.opened(yard.owner, name=f"{yard.name} small", capacity=1)
    small.enter("FIRST 1")
    page = at_the_gate(visit, small)
    expect(page.locator("#room-free")).to_have_text("0")
    page.keyboard.type("second 1")
    page.keyboard.press("Enter")
    says(page, "The location is full", "Wait for an exit")
    expect(page.locator("#say")).to_have_attribute("data-tone", "bad")
    expect(page.locator("#recent li")).to_contain_text("Refused")
    assert yard.stays("SECOND1") == []
    small.leave("FIRST 1")
    page.keyboard.press("Enter")
    says(page, "SECOND 1 is in")


def test_a_vehicle_that_someone_else_recorded_meanwhile_becomes_an_exit(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    page.keyboard.type("race 1")
    says(page, "RACE 1 is not in the yard")
    yard.enter("RACE 1", minutes_ago=5)
    page.keyboard.press("Enter")
    says(page, "This vehicle is parked already")
    expect(page.locator("#due")).to_have_text("₹47.20")


def test_a_stay_without_a_rate_leaves_without_a_payment(visit: Visit, yard: Yard) -> None:
    yard.enter("BUS 1", minutes_ago=30, vehicle_type="bus")
    page = at_the_gate(visit, yard)
    page.keyboard.type("bus 1")
    says(page, "No rate prices BUS 1")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    says(page, "BUS 1 is out", "settled later")
    assert yard.stays("BUS1")[0]["status"] == "exited"


def test_vehicle_types_by_arrows_and_numbers(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    chosen = page.locator("#kinds input:checked")
    expect(chosen).to_have_value("car")
    page.keyboard.type("type 1")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_value("van")
    page.keyboard.press("Alt+5")
    expect(chosen).to_have_value("truck")
    page.keyboard.press("Tab")
    page.keyboard.press("4")
    expect(chosen).to_have_value("bus")
    expect(page.get_by_label("Number plate")).to_have_value("type 1")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Driver")).to_be_focused()
    page.keyboard.type("Ravi")
    page.keyboard.press("Tab")
    page.keyboard.type("+91 98450 00000")
    page.keyboard.press("Tab")
    page.keyboard.type("Blue Line")
    page.keyboard.press("Enter")
    says(page, "TYPE 1 is in", "Bus")
    (stay,) = yard.stays("TYPE1")
    found = (stay["vehicleType"], stay["driverName"], stay["driverPhone"], stay["transportName"])
    assert found == ("bus", "Ravi", "+91 98450 00000", "Blue Line")


def test_a_known_vehicle_brings_its_type_along(visit: Visit, yard: Yard) -> None:
    yard.enter("KNOWN 1", minutes_ago=90, vehicle_type="truck")
    yard.leave("KNOWN 1")
    page = at_the_gate(visit, yard)
    page.keyboard.type("known 1")
    says(page, "KNOWN 1 is not in the yard", "Last here as Truck")
    expect(page.locator("#kinds input:checked")).to_have_value("truck")


def test_the_location_is_asked_for_once(visit: Visit, yard: Yard) -> None:
    Yard.opened(yard.owner, name=f"{yard.name} next", hourly=None)
    visitor = visit().sign_in("operator", "/gate/")
    page = visitor.page
    question = page.get_by_role("dialog", name="Where is this gate?")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_be_visible()
    page.keyboard.press("ArrowDown")
    second = page.locator(".where-one").nth(1)
    expect(second).to_be_focused()
    name = second.locator(".where-name").inner_text()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(page.get_by_label("Number plate")).to_be_focused()
    page.reload()
    expect(page.locator("#here-name")).to_have_text(name)
    expect(question).to_be_hidden()
    page.keyboard.press("Alt+L")
    expect(question).to_be_visible()


def test_the_location_is_chosen_by_mouse_and_a_plate_typed_at_once(visit: Visit, yard: Yard) -> None:
    Yard.opened(yard.owner, name=f"{yard.name} next", hourly=None)
    page = visit().sign_in("operator", "/gate/").page
    page.locator(".where-one").first.click()
    expect(page.get_by_label("Number plate")).to_be_focused()
    page.keyboard.type("ka 01")
    expect(page.get_by_label("Number plate")).to_have_value("ka 01")


def test_help_opens_and_escape_clears(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    page.keyboard.type("ab12?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.get_by_label("Number plate")).to_have_value("ab12")
    expect(page.get_by_label("Number plate")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Number plate")).to_have_value("")
    says(page, "Ready for the next vehicle")


def test_what_one_types_goes_to_the_plate_from_anywhere(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    page.locator("#here").focus()
    page.keyboard.type("any1")
    expect(page.get_by_label("Number plate")).to_have_value("any1")


def test_a_session_that_ended_says_so_and_keeps_what_was_typed(visit: Visit, yard: Yard) -> None:
    page = at_the_gate(visit, yard)
    page.context.clear_cookies()
    page.keyboard.type("ended 1")
    says(page, "You are signed out")
    expect(page.get_by_label("Number plate")).to_have_value("ended 1")
    assert yard.stays("ENDED1") == []
