"""A served platform, a browser, and people who use it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from .serving import served_platform
from .visitor import Visitor
from .yard import Yard

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the platform is served."""
    with served_platform(tmp_path_factory.mktemp("platform")) as port:
        yield port


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, until the file's last test: its event loop runs in this thread, where Django then refuses a database.

    A wider scope would do for the pages alone. But pytest keeps what a fixture of package scope has made until the
    session's end wherever its function is imported, and other files' tests then meet the loop.
    """
    expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The Chrome or Chromium that PARKING_TEST_BROWSER names, or Playwright's own."""
    path = os.environ.get("PARKING_TEST_BROWSER") or None
    browser = playwright.chromium.launch(executable_path=path, args=QUIET)
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser, port: int) -> Iterator[Callable[..., Visitor]]:
    """`visit()` opens a browser profile of its own; `visit("globex", color_scheme="dark")` at another tenant's."""
    visitors: list[Visitor] = []

    def arrive(tenant: str = "acme", **options: Any) -> Visitor:
        visitors.append(Visitor(browser, port, tenant, options))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.leave()


@pytest.fixture(scope="module")
def owners(browser: Browser, port: int) -> Iterator[dict[str, Visitor]]:
    """The owners' browsers, by which tests arrange things over the API."""
    signed_in = {tenant: Visitor(browser, port, tenant).sign_in("owner") for tenant in ("acme", "globex")}
    yield signed_in
    for visitor in signed_in.values():
        visitor.leave()


@pytest.fixture
def yard(owners: dict[str, Visitor], request: pytest.FixtureRequest) -> Yard:
    """A location of acme for this test alone, with ten places and an hourly price for cars."""
    return Yard.opened(owners["acme"], name=request.node.name)
