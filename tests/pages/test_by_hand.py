"""A barrier that was opened by hand is told at the gate, and counts in the shift of who told it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from .visitor import Visitor, act_on
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@pytest.fixture
def desk(visit: Visit, yard: Yard) -> Visitor:
    """An operator at the gate of the yard, which has a barrier, without an open drawer."""
    yard.owner.call("POST", "parking/gates", {"locationId": yard.id, "name": "South exit", "direction": "exit"})
    visitor = visit().sign_in("operator")
    for shift in visitor.call("GET", "billing/shifts?mine=true&status=open")["items"]:
        visitor.call("POST", f"billing/shifts/{shift['id']}/close", {"counted": 0})
    visitor.stand_at(yard.id)
    expect(visitor.go("/gate/").locator("#here-name")).to_have_text(yard.name)
    return visitor


def with_a_drawer(desk: Visitor, yard: Yard) -> str:
    body = {"locationId": yard.id, "drawer": "Booth", "openingFloat": 0}
    return str(desk.call("POST", "billing/shifts", body)["id"])


def told_in(desk: Visitor, shift: str) -> list[tuple[Any, ...]]:
    incidents = desk.call("GET", f"billing/shifts/{shift}")["incidents"]
    return [(one["cause"], one["gate"], one["reason"]) for one in incidents]


def asks(page: Page) -> None:
    page.keyboard.press("Alt+o")
    expect(page.get_by_role("dialog", name="The barrier was opened by hand")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()


def test_it_is_told_by_keyboard_alone_and_counts_as_a_cause(desk: Visitor, yard: Yard) -> None:
    shift, page = with_a_drawer(desk, yard), desk.page
    asks(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Say why it was opened by hand.")
    expect(page.get_by_label("Reason")).to_be_focused()
    assert told_in(desk, shift) == []

    page.get_by_label("Gate", exact=True).select_option("South exit")
    page.get_by_label("Reason").focus()
    page.keyboard.type("the reader is dark")
    page.keyboard.press("Enter")
    expect(page.locator("#say-title")).to_have_text("Noted: the barrier was opened by hand")
    expect(page.locator("#say-detail")).to_have_text("South exit: the reader is dark")
    expect(page.locator("#recent li")).to_contain_text("South exit")
    expect(page.get_by_label("Number plate")).to_be_focused()
    assert told_in(desk, shift) == [("manual_open", "South exit", "the reader is dark")]
    closed = desk.call("POST", f"billing/shifts/{shift}/close", {"counted": 0})
    assert [one["times"] for one in closed["causes"] if one["cause"] == "manual_open"] == [1]


def test_without_a_drawer_it_says_where_to_open_one(desk: Visitor, yard: Yard) -> None:
    page = desk.page
    asks(page)
    page.keyboard.type("ambulance")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("You have no open drawer")
    expect(page.get_by_role("link", name="Open a drawer at the till")).to_be_visible()

    shift = with_a_drawer(desk, yard)
    page.get_by_label("Reason").press("Enter")
    expect(page.locator("#say-title")).to_have_text("Noted: the barrier was opened by hand")
    assert told_in(desk, shift) == [("manual_open", "", "ambulance")]


def test_a_lost_answer_is_asked_for_again_and_noted_once(desk: Visitor, yard: Yard) -> None:
    shift, page = with_a_drawer(desk, yard), desk.page
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(act_on(route.request))
            route.abort("connectionreset")

    page.route("**/incidents", lose_the_first)
    asks(page)
    page.keyboard.type("twice")
    page.keyboard.press("Enter")
    expect(page.locator("#say-title")).to_have_text("Noted: the barrier was opened by hand")
    assert lost == [201]
    assert told_in(desk, shift) == [("manual_open", "", "twice")]


def test_escape_leaves_it_and_what_was_typed_at_the_gate_stays(desk: Visitor) -> None:
    page = desk.page
    page.keyboard.type("ka 01")
    asks(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Number plate")).to_be_focused()
    expect(page.get_by_label("Number plate")).to_have_value("ka 01")
