"""The lab's page: a past period is priced again, and what would change is shown."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import expect

from apps.core.ids import new_id
from tests import databases

from .test_looks import faint_texts
from .test_tariffs import drafted
from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def lived_in(yard: Yard) -> None:
    """Two cars have been there and left, an hour and two."""
    for plate, minutes in (("LAB 1", 55), ("LAB 2", 115)):
        yard.enter(plate, minutes_ago=minutes)
        yard.leave(plate)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_draft_is_tried_on_the_past(visit: Visit, yard: Yard, scheme: str) -> None:
    lived_in(yard)
    rate = drafted(yard, rates={"hourly": 50}, tax={"rate": 18})
    visitor = visit(color_scheme=scheme, reduced_motion="reduce").sign_in("manager")
    page = visitor.go(f"/tariffs/{rate['id']}/lab/")
    expect(page.locator("#about")).to_contain_text(yard.name)
    expect(page.locator("#nothing")).to_be_visible()
    page.get_by_label("Up to and including").fill((datetime.now(UTC) + timedelta(hours=5.5)).strftime("%Y-%m-%d"))
    page.get_by_role("button", name="Price these stays again").click()

    expect(page.locator("#before")).to_have_text("₹141.60")
    expect(page.locator("#after")).to_have_text("₹177.00")
    expect(page.locator("#change")).to_have_text("+₹35.40")
    expect(page.locator("#change-share")).to_have_text("+25%")
    expect(page.locator("#dearer")).to_have_text("2")
    expect(page.locator("#places .share")).to_contain_text(yard.name)
    expect(page.locator("#types .share")).to_contain_text("Car")
    expect(page.locator("#most-dearer tr")).to_have_count(2)
    expect(page.locator("#most-dearer tr").first).to_contain_text("LAB 2")
    expect(page.get_by_role("heading", name="Cheaper by most")).to_be_hidden()
    page.locator("#days").focus()
    page.keyboard.press("End")
    expect(page.locator("#days-read")).to_contain_text("₹177.00 by this tariff (+₹35.40)")
    assert faint_texts(page) == []
    assert visitor.complaints == []

    page.reload()
    expect(page.locator("#change")).to_have_text("+₹35.40")
    expect(page.locator("#runs .rate")).to_have_count(1)


def test_what_it_cannot_price_is_told(visit: Visit, yard: Yard) -> None:
    lived_in(yard)
    page = visit().sign_in("manager").go("/tariffs/new/")
    page.get_by_label("Vehicle type").select_option(label="Car")
    page.get_by_label("Location").select_option(label=yard.name)
    page.get_by_role("button", name="A table of lengths").click()
    text = page.get_by_label("The plan as JSON")
    text.fill(text.input_value().replace('"longestStay": null', '"longestStay": "90m"'))
    expect(page.locator("#faults")).to_be_hidden()
    page.get_by_role("button", name="Save as draft").click()
    expect(page.locator("#status")).to_have_text("Draft · version 1")
    page.get_by_role("link", name="Lab").click()
    expect(page.get_by_role("button", name="Price these stays again")).to_be_enabled()
    page.get_by_label("Up to and including").fill((datetime.now(UTC) + timedelta(hours=5.5)).strftime("%Y-%m-%d"))
    page.get_by_role("button", name="Price these stays again").click()
    expect(page.locator("#gaps")).to_contain_text("no price for 1 stays")
    expect(page.locator("#gaps")).to_contain_text("at most 90m")


def test_who_may_only_look_sees_results_and_starts_none(visit: Visit, yard: Yard) -> None:
    lived_in(yard)
    rate = drafted(yard)
    now = datetime.now(UTC)
    period = {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}
    yard.owner.call("POST", f"billing/rates/{rate['id']}/simulate", period)
    page = visit().sign_in("auditor").go(f"/tariffs/{rate['id']}/lab/")
    expect(page.locator("#result")).to_be_visible()
    expect(page.get_by_role("button", name="Price these stays again")).to_have_count(0)


def in_acmes_tables(statement: str, **values: object) -> None:
    """Write behind the platform's back, as a worker elsewhere would: here nobody works in the background."""
    name = f"parking_pages_{os.getpid()}"
    with psycopg.connect(databases.with_name(databases.OWNER_URL, name), autocommit=True) as owner:
        row = owner.execute("SELECT schema_name FROM identity_tenant WHERE slug = 'acme'").fetchone()
        assert row is not None
        owner.execute("SELECT set_config('search_path', %s, false)", [row[0]])
        owner.execute(statement, values)


def test_while_one_runs_its_progress_shows_and_another_waits(visit: Visit, yard: Yard) -> None:
    rate = drafted(yard)
    in_acmes_tables(
        """INSERT INTO billing_tariffsimulation (id, rate_id, rate_version, plan_hash, since, until, location_id,
            vehicle_type, status, stays, counted, attempt, failure, requested_by_name, requested_at)
        VALUES (%(id)s, %(rate)s, 1, '', now() - interval '9 days', now(), %(yard)s, 'car', 'running', 6000, 1500, 1,
            '', 'Asha', now())""",
        id=new_id(), rate=rate["id"], yard=yard.id,
    )  # fmt: skip
    page = visit().sign_in("manager").go(f"/tariffs/{rate['id']}/lab/")
    expect(page.locator("#progress-words")).to_have_text("1,500 of 6,000 stays")
    expect(page.get_by_role("progressbar", name="Pricing stays again")).to_have_attribute("value", "25")
    in_acmes_tables("UPDATE billing_tariffsimulation SET counted = 4500 WHERE rate_id = %(rate)s", rate=rate["id"])
    expect(page.locator("#progress-words")).to_have_text("4,500 of 6,000 stays")
    page.get_by_role("button", name="Price these stays again").click()
    expect(page.locator("#trouble")).to_contain_text("Another simulation is running")
    in_acmes_tables(
        """UPDATE billing_tariffsimulation SET status = 'failed', failure = 'It was stopped by an error: X.',
            ended_at = now() WHERE rate_id = %(rate)s""",
        rate=rate["id"],
    )
    expect(page.locator("#trouble")).to_contain_text("The run failed. It was stopped by an error: X.")
    expect(page.locator("#running")).to_be_hidden()
