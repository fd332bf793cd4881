"""At the gate what is due is paid, by any way that the place offers, and nothing that was paid before."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from .test_gate import at_the_gate, posts_to, ready_to_settle, says
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def paid_at_the_till(yard: Yard, entry: dict[str, Any], amount: float) -> None:
    body = {"entryId": entry["id"], "amount": amount, "currency": "INR", "method": "cash"}
    yard.owner.call("POST", "billing/payments", body)


def test_what_was_paid_before_is_not_asked_for_again(visit: Visit, yard: Yard) -> None:
    paid_at_the_till(yard, yard.enter("AHEAD 1", minutes_ago=30), 47.2)
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/exits")
    page.keyboard.type("ahead 1")
    says(page, "AHEAD 1 is in the yard", "Paid until")
    expect(page.locator("#due")).to_have_text("₹0.00")
    expect(page.locator("#bill-lines")).to_contain_text("Paid before")
    expect(page.locator("#settle-words")).to_have_text("Nothing to pay: let out")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    says(page, "AHEAD 1 is out")
    assert "payment" not in sent[0].post_data_json


def test_paid_by_upi_with_its_reference_by_keyboard_alone(visit: Visit, yard: Yard) -> None:
    yard.enter("UPI 1", minutes_ago=30)
    page = at_the_gate(visit, yard)
    sent = posts_to(page, "/parking/exits")
    page.keyboard.type("upi 1")
    ready_to_settle(page, "UPI 1")
    page.keyboard.press("Alt+2")
    expect(page.get_by_label("UPI reference (UTR)")).to_be_focused()
    expect(page.get_by_label("Cash received")).to_be_hidden()
    expect(page.locator("#settle-words")).to_have_text("₹47.20 by UPI: let out")
    page.keyboard.press("Enter")
    says(page, "The reference is missing")
    assert not sent
    page.keyboard.type(f"UTR {yard.id[-12:]}")
    page.keyboard.press("Enter")
    says(page, "UPI 1 is out", "₹47.20 by UPI")
    payment = {"method": "upi", "amount": 47.2, "reference": f"UTR {yard.id[-12:]}"}
    assert sent[0].post_data_json["payment"] == payment

    yard.enter("UPI 2", minutes_ago=30)
    page.keyboard.type("upi 2")
    ready_to_settle(page, "UPI 2")
    expect(page.get_by_label("Cash received")).to_be_visible()


def test_an_account_that_does_not_exist_is_said_and_cash_taken_instead(visit: Visit, yard: Yard) -> None:
    yard.enter("ACCOUNT 1", minutes_ago=30)
    page = at_the_gate(visit, yard)
    page.keyboard.type("account 1")
    ready_to_settle(page, "ACCOUNT 1")
    page.get_by_role("radio", name="Account").check()
    page.get_by_role("button", name="₹47.20 on account: let out").click()
    says(page, re.compile("account", re.IGNORECASE), "Take the payment otherwise")
    assert yard.stays("ACCOUNT1")[0]["status"] == "parked"
    page.get_by_role("radio", name="Cash").check()
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    says(page, "ACCOUNT 1 is out", "₹47.20 cash")
