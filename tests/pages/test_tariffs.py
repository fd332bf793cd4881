"""The tariff pages: a price list is drafted with its curve before one's eyes, saved, and put into force."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .test_looks import PHONE, faint_texts, sticking_out
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def drafted(yard: Yard, **given: Any) -> dict[str, Any]:
    """A draft for cars at the yard, made over the API."""
    body = {"vehicleType": "car", "locationId": yard.id, "rates": {"hourly": 50}, "status": "draft"} | given
    made: dict[str, Any] = yard.owner.call("POST", "billing/rates", body)
    return made


def editor(visit: Visit, rate_id: str, role: str = "manager", **options: Any) -> Page:
    visitor = visit(**options).sign_in(role)
    page = visitor.go(f"/tariffs/{rate_id}/")
    expect(page.locator("#status")).to_be_visible()
    return page


def reads(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#curve-read")).to_contain_text(words)


def test_a_tariff_is_written_previewed_saved_and_activated(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("manager").go("/tariffs/new/")
    page.get_by_label("Vehicle type").select_option(label="Car")
    page.get_by_label("Location").select_option(label=yard.name)
    page.get_by_label("Each started hour").fill("30")
    expect(page.locator(".curve-now")).to_have_count(1)
    expect(page.locator("#curve-key")).to_contain_text("in force now")
    page.locator("#curve").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    reads(page, "1 h 1 s: ₹60.00 (in force: ₹94.40)")
    page.get_by_role("button", name="Save as draft").click()
    expect(page).to_have_url(re.compile(r"/tariffs/[0-9a-f-]{36}/$"))
    expect(page.locator("#status")).to_have_text("Draft · version 1")

    page.get_by_label("Each started hour").fill("35")
    expect(page.get_by_role("button", name="Activate…")).to_be_disabled()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#status")).to_have_text("Draft · version 2")
    page.get_by_role("button", name="Activate…").click()
    page.get_by_label("At once").check()
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator("#status")).to_have_text("In force · version 3")
    found = yard.owner.call("GET", f"billing/rates/applicable?vehicleType=car&locationId={yard.id}")
    assert (found["id"], found["rates"]["hourly"]) == (page.url.split("/")[-2], 35)


def test_a_starting_point_becomes_a_plan_and_its_faults_are_shown_at_their_path(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("manager").go("/tariffs/new/")
    page.get_by_label("Vehicle type").select_option(label="Truck")
    page.get_by_role("button", name=re.compile("Truck yard by vehicle type")).click()
    text = page.get_by_label("The plan as JSON")
    plan = json.loads(text.input_value())
    assert plan["currency"] == "INR"
    expect(page.locator("#faults")).to_be_hidden()
    expect(page.locator(".curve-now")).to_have_count(1)

    del plan["editions"][0]["charge"]["cases"][0]
    plan["editions"][0]["charge"]["cases"][1]["of"]["price"] = -1
    text.fill(json.dumps(plan, indent=2))
    fault = page.locator(".fault-path").first
    expect(fault).to_be_visible()
    expect(page.locator("#fault-list")).to_contain_text("editions[0].charge")
    path = fault.inner_text()
    fault.click()
    selected = page.evaluate("getSelection().toString()") or text.evaluate(
        "(area) => area.value.slice(area.selectionStart, area.selectionEnd)"
    )
    assert path.startswith("editions[0].charge")
    assert json.loads(selected)

    text.fill("{ nonsense")
    expect(page.locator("#fault-list")).to_contain_text("no JSON yet")


def test_facts_of_the_plan_are_asked_for_and_change_the_curve(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("manager").go("/tariffs/new/")
    page.get_by_label("Vehicle type").select_option(label="Car")
    page.get_by_role("button", name=re.compile("Hours with a day cap")).click()
    text = page.get_by_label("The plan as JSON")
    plan = json.loads(text.input_value())
    plan["facts"] = {"blueBadge": {"kind": "flag", "absent": False}}
    charge = plan["editions"][0]["charge"]
    free = {"kind": "free", "because": "Blue Badge"}
    plan["editions"][0]["charge"] = {"kind": "byFlag", "fact": "blueBadge", "yes": free, "no": charge}
    text.fill(json.dumps(plan))
    badge = page.get_by_label("blueBadge")
    expect(badge).to_be_visible()
    page.locator("#curve").focus()
    page.keyboard.press("End")
    reads(page, "3 d: ₹300.00")
    badge.select_option("yes")
    reads(page, "3 d: ₹0.00")


def test_what_has_no_price_is_shown_as_such(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("manager").go("/tariffs/new/")
    page.get_by_label("Vehicle type").select_option(label="Car")
    page.get_by_role("button", name=re.compile("Hours with a day cap")).click()
    text = page.get_by_label("The plan as JSON")
    plan = json.loads(text.input_value()) | {"longestStay": "48h"}
    text.fill(json.dumps(plan))
    expect(page.locator(".curve-gap")).to_have_count(1)
    page.locator("#curve").focus()
    page.keyboard.press("End")
    reads(page, "3 d: no price. The plan prices stays of at most 48h.")


def test_a_lost_update_is_told_and_nothing_is_lost(visit: Visit, yard: Yard) -> None:
    rate = drafted(yard)
    page = editor(visit, rate["id"])
    page.get_by_label("Each started hour").fill("70")
    theirs = visit().sign_in("owner")
    there = theirs.go(f"/tariffs/{rate['id']}/")
    expect(there.locator("#status")).to_be_visible()
    there.get_by_label("Each started hour").fill("65")
    there.get_by_role("button", name="Save", exact=True).click()
    expect(there.locator("#status")).to_have_text("Draft · version 2")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#conflict")).to_contain_text("Somebody saved version 2 since you read version 1")
    expect(page.locator("#conflict")).to_contain_text("₹65.00 / h")
    expect(page.get_by_label("Each started hour")).to_have_value("70")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#status")).to_have_text("Draft · version 3")
    assert yard.owner.call("GET", f"billing/rates/{rate['id']}")["rates"]["hourly"] == 70

    there.get_by_label("Each started hour").fill("66")
    there.get_by_role("button", name="Save", exact=True).click()
    there.get_by_role("button", name="Load theirs, drop mine").click()
    expect(there.get_by_label("Each started hour")).to_have_value("70")
    expect(there.locator("#status")).to_have_text("Draft · version 3")


def test_a_tariff_in_force_is_edited_as_a_new_draft(visit: Visit, yard: Yard) -> None:
    present = yard.owner.call("GET", f"billing/rates/applicable?vehicleType=car&locationId={yard.id}")
    page = editor(visit, present["id"])
    expect(page.locator("#status")).to_have_text("In force · version 1")
    page.get_by_label("Each started hour").fill("45")
    page.get_by_role("button", name="Save as new draft").click()
    expect(page.locator("#status")).to_have_text("Draft · version 1")
    expect(page.locator("#title")).to_contain_text(yard.name)
    page.get_by_role("button", name="Discard…").click()
    page.get_by_role("button", name="Retire", exact=True).click()
    expect(page.locator("#status")).to_have_text("Retired · version 1")


def test_a_beginning_in_the_past_is_refused_in_the_dialog(visit: Visit, yard: Yard) -> None:
    page = editor(visit, drafted(yard)["id"])
    page.get_by_role("button", name="Activate…").click()
    yesterday = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT00:00")
    page.get_by_label("Day and time at which it begins").fill(yesterday)
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator("#activate-trouble")).to_contain_text("Prices change now or later")
    expect(page.locator("#status")).to_have_text("Draft · version 1")


def test_the_list_shows_what_is_in_force_planned_drafted_and_retired(visit: Visit, yard: Yard) -> None:
    drafted(yard, vehicleType="van", rates={"hourly": 11})
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    drafted(yard, vehicleType="bus", rates={"daily": 99}, status="active", effectiveDate=later)
    gone = drafted(yard, vehicleType="truck", rates={"hourly": 77})
    change = """async ([path]) => (await fetch(path, { method: "PATCH", body: '{"status": "retired"}', headers: {
        "If-Match": '"1"', "Content-Type": "application/json",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content } })).status"""
    assert yard.owner.page.evaluate(change, [f"/api/v1/billing/rates/{gone['id']}"]) == 200
    page = visit().sign_in("manager").go("/tariffs/")

    def line(part: str, kind: str) -> Any:
        return page.locator(f"#{part} .rate").filter(has_text=yard.name).filter(has_text=kind)

    expect(line("active", "Car")).to_contain_text("₹40.00 / h")
    expect(line("draft", "Van")).to_contain_text("₹11.00 / h")
    expect(line("planned", "Bus")).to_contain_text("₹99.00 / day")
    page.get_by_role("heading", name="Retired").click()
    expect(line("retired", "Truck")).to_contain_text("₹77.00 / h")
    line("draft", "Van").get_by_role("link").click()
    expect(page.locator("#title")).to_contain_text("Van")


def test_who_may_only_look_changes_nothing(visit: Visit, yard: Yard) -> None:
    page = editor(visit, drafted(yard)["id"], role="auditor")
    expect(page.get_by_label("Each started hour")).to_be_disabled()
    for name in ("Save", "Activate…", "Retire…"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator(".curve-now")).to_have_count(1)
    page.get_by_role("link", name="All tariffs").click()
    expect(page.get_by_role("link", name="New tariff")).to_have_count(0)


def test_who_may_not_look_is_not_shown_the_way(visit: Visit, yard: Yard) -> None:
    visitor = visit().sign_in("viewer")
    expect(visitor.page.get_by_role("link", name="Tariffs")).to_have_count(0)
    answer = visitor.page.goto(visitor.url("/tariffs/"))
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_and_nothing_breaks(visit: Visit, yard: Yard, scheme: str) -> None:
    rate = drafted(yard)
    visitor = visit(color_scheme=scheme, reduced_motion="reduce").sign_in("manager")
    pages = {"list": "/tariffs/", "new": "/tariffs/new/", "editor": f"/tariffs/{rate['id']}/"}
    faint = {}
    for name, path in pages.items():
        page = visitor.go(path)
        expect(page.locator("#draft .rate").first if name == "list" else page.locator("#curve svg")).to_be_visible()
        if name == "new":
            page.get_by_role("button", name=re.compile("Truck yard")).click()
            page.get_by_label("The plan as JSON").fill('{"format": 2}')
            expect(page.locator(".fault-path").first).to_be_visible()
        faint[name] = faint_texts(page)
    assert faint == {name: [] for name in pages}
    # a plan that is refused, and a vehicle type without a price
    assert [said for said in visitor.complaints if "422" not in said and "404" not in said] == []


def test_nothing_scrolls_sideways_on_a_phone(visit: Visit, yard: Yard) -> None:
    rate = drafted(yard)
    visitor = visit(**PHONE).sign_in("manager")
    for path in ("/tariffs/", "/tariffs/new/", f"/tariffs/{rate['id']}/", f"/tariffs/{rate['id']}/lab/"):
        page = visitor.go(path)
        page.wait_for_load_state("networkidle")
        assert sticking_out(page) == [], path
