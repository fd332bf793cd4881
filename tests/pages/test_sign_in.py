"""Signing in and out, and who is let onto which page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .visitor import PASSWORD, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def fill(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_a_stranger_signs_in_and_arrives_where_they_wanted_to_go(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/gate/")
    expect(page).to_have_url(visitor.url("/sign-in/?next=/gate/"))
    expect(page.get_by_label("E-mail")).to_be_focused()
    fill(page, "operator@acme.example")
    expect(page).to_have_url(visitor.url("/gate/"))
    expect(page).to_have_title("Gate · Acme")


def test_a_wrong_password_is_named_and_keeps_the_address(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/sign-in/")
    fill(page, "operator@acme.example", "not-the-password")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong")
    expect(page.get_by_label("E-mail")).to_have_value("operator@acme.example")
    expect(page.get_by_label("Password")).to_be_focused()
    visitor.go("/")
    expect(page).to_have_url(visitor.url("/sign-in/"))


def test_an_unknown_address_reads_the_same_as_a_wrong_password(visit: Visit) -> None:
    page = visit().go("/sign-in/")
    fill(page, "nobody@acme.example")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong")


def test_a_member_of_another_yard_is_told_so(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/sign-in/")
    fill(page, "owner@globex.example")
    expect(page.get_by_role("alert")).to_contain_text("Ask an administrator of Acme to add you")
    visitor.go("/")
    expect(page).to_have_url(visitor.url("/sign-in/"))


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_host(visit: Visit, elsewhere: str) -> None:
    visitor = visit()
    page = visitor.go(f"/sign-in/?next={elsewhere}")
    fill(page, "operator@acme.example")
    expect(page).to_have_url(visitor.url("/"))


def test_a_cookie_of_one_yard_opens_no_other(visit: Visit) -> None:
    visitor = visit().sign_in("owner")
    stolen = [{**cookie, "domain": "globex.localhost"} for cookie in visitor.context.cookies()]
    visitor.context.add_cookies(stolen)  # type: ignore[arg-type]
    visitor.page.goto(visitor.url("/", host="globex.localhost"))
    expect(visitor.page).to_have_url(visitor.url("/sign-in/", host="globex.localhost"))


def test_signing_out_ends_the_session_behind_the_cookie(visit: Visit) -> None:
    visitor = visit().sign_in()
    before = visitor.context.cookies()
    visitor.page.get_by_label("Account of operator@acme.example").click()
    visitor.page.get_by_role("button", name="Sign out").click()
    expect(visitor.page).to_have_url(visitor.url("/sign-in/"))
    visitor.context.add_cookies(before)  # type: ignore[arg-type]
    visitor.go("/")
    expect(visitor.page).to_have_url(visitor.url("/sign-in/"))


def test_a_demo_account_fills_in_the_form(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/sign-in/")
    page.get_by_role("button", name="operator@acme.example").click()
    page.keyboard.press("Enter")
    expect(page).to_have_url(visitor.url("/"))
    expect(page.get_by_label("Account of operator@acme.example")).to_be_visible()


def test_the_platforms_own_host_shows_the_way_to_the_yards(visit: Visit) -> None:
    visitor = visit()
    visitor.page.goto(visitor.url("/", host="localhost"))
    visitor.page.get_by_role("link", name=re.compile("Globex")).click()
    expect(visitor.page).to_have_url(visitor.url("/sign-in/", host="globex.localhost"))


def test_a_viewer_sees_the_board_and_no_gate(visit: Visit) -> None:
    visitor = visit().sign_in("viewer")
    places = visitor.page.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link", name="Board")).to_be_visible()
    expect(places.get_by_role("link", name="Gate")).to_have_count(0)
    answer = visitor.page.goto(visitor.url("/gate/"))
    assert answer is not None
    assert answer.status == 403
    expect(visitor.page.get_by_role("heading")).to_have_text("Your role doesn’t open this page")


def test_a_page_that_is_not_there_says_so(visit: Visit) -> None:
    visitor = visit()
    answer = visitor.page.goto(visitor.url("/nowhere/"))
    assert answer is not None
    assert answer.status == 404
    expect(visitor.page.get_by_role("heading")).to_have_text("There is no such page here")


def test_a_form_from_elsewhere_is_refused(visit: Visit) -> None:
    page = visit().go("/sign-in/")
    page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    fill(page, "operator@acme.example")
    expect(page.get_by_role("heading")).to_have_text("The form has expired")


def test_guessing_passwords_is_stopped_and_says_for_how_long(visit: Visit) -> None:
    page = visit().go("/sign-in/")
    for _ in range(11):
        with page.expect_navigation():
            fill(page, "guessed@acme.example", "a guess")
    expect(page.get_by_role("alert")).to_contain_text("Wait 15 minutes")


def test_the_platforms_administrator_signs_in_at_its_own_host(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(visitor.url("/", host="localhost"))
    page.get_by_role("link", name="Platform administration").click()
    fill(page, "owner@acme.example")
    expect(page.get_by_role("alert")).to_contain_text("sign in at your yard's")
    fill(page, "root@parking.example")
    expect(page).to_have_url(re.compile("/admin/"))
