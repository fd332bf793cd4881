"""A real browser loads what the policies forbid nothing of: the theme of the admin and the API's documentation work."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .visitor import Visitor

pytestmark = pytest.mark.browser


def test_no_policy_stops_a_page_of_ours(visit: Callable[..., Visitor]) -> None:
    owner = visit().sign_in("owner")
    for path in ("/admin/", "/admin/parking/location/", "/admin/parking/vehicletype/add/", "/", "/gate/", "/nowhere"):
        owner.go(path)
        expect(owner.page.locator("body")).to_be_visible()
    owner.go("/api/docs/")
    expect(owner.page.locator(".opblock").first).to_be_visible()

    refused = [said for said in owner.complaints if "Content Security Policy" in said or "EvalError" in said]
    assert refused == []


def test_control_the_browser_tells_of_what_it_refuses(visit: Callable[..., Visitor]) -> None:
    owner = visit().sign_in("owner")
    owner.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )

    assert owner.page.evaluate("window.ran === undefined")
    assert any("Content Security Policy" in said for said in owner.complaints)
