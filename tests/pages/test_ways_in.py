"""A real browser goes to a provider and back, registers a passkey with a virtual authenticator and signs in by it."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.pages.serving import served_platform
from tests.pages.visitor import PASSWORD, Visitor
from tests.providers.standin import CLIENT, SECRET, StandIn, standing_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standing_in() as served:
        yield served


@pytest.fixture(scope="module")
def port(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A platform that is registered with the stand-in as with Google and GitHub."""
    addresses = {
        "OAUTH_GOOGLE_URL": f"{stand_in.base}/google",
        "OAUTH_GITHUB_URL": f"{stand_in.base}/github",
        "OAUTH_GITHUB_API_URL": f"{stand_in.base}/github/api",
    }
    clients = {f"OAUTH_{name}_{what}": value for name in ("GOOGLE", "GITHUB") for what, value in
               (("ID", CLIENT), ("SECRET", SECRET))}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (addresses | clients).items():
            patch.setitem(os.environ, name, value)
        with served_platform(tmp_path_factory.mktemp("platform"), whose="ways_in") as served:
            yield served


@pytest.fixture
def visitor(browser: Browser, port: int, stand_in: StandIn) -> Iterator[Visitor]:
    stand_in.reset()
    person = Visitor(browser, port)
    yield person
    person.leave()


@pytest.fixture
def authenticator(visitor: Visitor) -> Callable[..., None]:
    """Gives the visitor's browser an authenticator that asks for no finger."""

    def plug_in(*, verifies: bool = True) -> None:
        session: Any = visitor.context.new_cdp_session(visitor.page)
        session.send("WebAuthn.enable")
        facts = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "automaticPresenceSimulation": True,
        }
        verifying = {"hasUserVerification": verifies, "isUserVerified": verifies}
        session.send("WebAuthn.addVirtualAuthenticator", {"options": facts | verifying})

    return plug_in


@pytest.mark.parametrize("title", ["Google", "GitHub"])
def test_to_a_provider_and_back(visitor: Visitor, title: str) -> None:
    visitor.go("/sign-in/?next=/gate/")
    visitor.page.get_by_role("link", name=f"Continue with {title}").click()

    expect(visitor.page).to_have_url(visitor.url("/gate/"))
    visitor.go("/ways-in/")
    expect(visitor.page.get_by_text(title, exact=True)).to_be_visible()
    visitor.page.locator("form", has_text=title).get_by_role("button", name="Take away").click()
    expect(visitor.page.get_by_text("None. One is linked")).to_be_visible()
    assert visitor.complaints == []


def test_what_went_wrong_is_said_on_the_page(visitor: Visitor, stand_in: StandIn) -> None:
    visitor.go("/sign-in/")
    stand_in.cancels = True
    visitor.page.get_by_role("link", name="Continue with Google").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("You did not go through with it")
    expect(visitor.page.get_by_label("Password")).to_be_visible()


def test_a_passkey_from_registering_to_removing(visitor: Visitor, authenticator: Callable[..., None]) -> None:
    page = visitor.page
    visitor.sign_in("viewer")
    authenticator()
    visitor.go("/second-factor/")
    password = page.locator("#passkey-password")
    password.fill(PASSWORD)
    page.get_by_label("What to call a new one").fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    codes = page.locator("#passkeys-codes li")
    expect(codes).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()

    visitor.go("/second-factor/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(visitor.url("/"))

    visitor.go("/second-factor/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("viewer@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(visitor.url("/"))

    visitor.go("/ways-in/")
    page.get_by_label("New address").fill("viewer@new.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Send a link there").click()
    expect(page.get_by_role("status")).to_contain_text("A link was sent to viewer@new.example")

    visitor.go("/second-factor/")
    page.get_by_text("Rename").click()
    page.get_by_label("New name of Phone").fill("Old phone")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".card-row strong")).to_have_text("Old phone")
    password.fill("wrong-password")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#passkeys-said")).to_contain_text("password is wrong")
    password.fill(PASSWORD)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".card-row")).to_have_count(0)
    assert [said for said in visitor.complaints if "401" not in said] == []


def test_without_an_authenticator_one_is_told(visitor: Visitor, authenticator: Callable[..., None]) -> None:
    authenticator(verifies=False)
    visitor.go("/sign-in/")
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(visitor.page.get_by_role("status")).to_have_text(re.compile("No passkey was used"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone(browser: Browser, port: int, scheme: str) -> None:
    visitor = Visitor(browser, port, options={"color_scheme": scheme})
    try:
        visitor.go("/sign-in/")
        assert fits(visitor)
        visitor.sign_in("owner")
        for path in ("/ways-in/", "/second-factor/"):
            visitor.go(path)
            assert fits(visitor)
    finally:
        visitor.leave()


def fits(visitor: Visitor) -> bool:
    """Whether nothing sticks out at the side of a phone."""
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    return bool(visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
