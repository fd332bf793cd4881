"""The live board: it fills and empties while one looks, and never says more than it knows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def card_of(page: Page, yard: Yard) -> Locator:
    return page.locator(".location").filter(has=page.get_by_role("heading", name=yard.name, exact=True))


def shows(card: Locator, *, free: int, word: str) -> None:
    expect(card.locator("[data-is=available]")).to_have_text(str(free))
    expect(card.locator("[data-is=level]")).to_have_text(word)


def watching(visit: Visit) -> Page:
    page = visit().sign_in("operator").page
    expect(page.locator("#feed")).to_have_text("Live")
    return page


def test_it_fills_and_empties_while_one_looks(visit: Visit, yard: Yard) -> None:
    small = Yard.opened(yard.owner, name=f"{yard.name} small", capacity=2, capacities={"car": 1})
    page = watching(visit)
    card = card_of(page, small)
    shows(card, free=2, word="Places free")
    before = int(page.locator("#total-occupied").inner_text().replace(",", ""))

    small.enter("BOARD 1")
    shows(card, free=1, word="Places free")
    expect(card.locator(".type").filter(has_text="Car")).to_contain_text("1 / 1")
    expect(card.locator("[data-is=rate]")).to_have_text("50%")
    expect(page.locator("#total-occupied")).to_have_text(str(before + 1))
    newest = page.locator("#ticker li").first
    expect(newest).to_contain_text("BOARD 1")
    expect(newest).to_contain_text("Entered")

    small.enter("BOARD 2", vehicle_type="van")
    shows(card, free=0, word="Full")
    expect(card).to_have_attribute("data-level", "full")

    small.leave("BOARD 1")
    shows(card, free=1, word="Places free")
    expect(card.locator(".type").filter(has_text="Car")).to_contain_text("0 / 1")
    expect(newest).to_contain_text("Left")
    small.leave("BOARD 2")
    shows(card, free=2, word="Places free")
    expect(page.locator("#total-occupied")).to_have_text(str(before))


def test_the_first_paint_has_the_figures_already(visit: Visit, yard: Yard) -> None:
    yard.enter("PAINT 1")
    visitor = visit().sign_in("operator")
    visitor.page.route_web_socket("**/ws/occupancy/", lambda socket: None)
    shows(card_of(visitor.go("/"), yard), free=9, word="Places free")
    expect(visitor.page.locator("#feed")).to_have_text("Connecting")


def test_a_new_location_appears_by_itself(visit: Visit, yard: Yard) -> None:
    page = watching(visit)
    late = Yard.opened(yard.owner, name=f"{yard.name} late", capacity=4)
    late.enter("LATE 1")
    shows(card_of(page, late), free=3, word="Places free")


def test_without_a_network_it_says_so_and_comes_back_with_the_truth(visit: Visit, yard: Yard) -> None:
    page = watching(visit)
    card = card_of(page, yard)
    shows(card, free=10, word="Places free")
    page.context.set_offline(True)
    expect(page.locator("#feed")).to_have_text("Offline")
    expect(page.locator("#stale")).to_contain_text("No connection since")
    yard.enter("AWAY 1")
    shows(card, free=10, word="Places free")
    page.context.set_offline(False)
    expect(page.locator("#feed")).to_have_text("Live")
    expect(page.locator("#stale")).to_be_hidden()
    shows(card, free=9, word="Places free")


def test_a_session_that_ended_shows_the_way_back(visit: Visit, yard: Yard) -> None:
    page = watching(visit)
    page.context.clear_cookies()
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.locator("#feed")).to_have_text("Signed out")
    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()


def test_another_yards_vehicles_never_show(visit: Visit, owners: dict[str, Visitor], yard: Yard) -> None:
    theirs = Yard.opened(owners["globex"], name=f"{yard.name} theirs")
    page = watching(visit)
    theirs.enter("SECRET 1")
    yard.enter("OURS 1")
    expect(page.locator("#ticker li").first).to_contain_text("OURS 1")
    expect(page.locator("#ticker")).not_to_contain_text("SECRET 1")
    expect(page.locator(".location").filter(has_text=theirs.name)).to_have_count(0)


def test_rows_are_remembered(visit: Visit, yard: Yard) -> None:
    page = watching(visit)
    page.get_by_role("button", name="Rows").click()
    page.reload()
    expect(page.get_by_role("button", name="Rows")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".board")).to_have_attribute("data-layout", "rows")
