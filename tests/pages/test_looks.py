"""Both themes, both widths, the keyboard, and a strict policy on what a page may load."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from .visitor import Visitor
from .yard import Yard

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# Every text against what it stands on, by WCAG 2.2's formula; gives the pairs below 4.5 : 1 (3 : 1 for large text).
_FAINT = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const light = ([r, g, b]) => {
        const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const seen = element.checkVisibility({ visibilityProperty: true });
        if (!own || !seen || element.closest("template, .only-heard")) continue;
        const style = getComputedStyle(element);
        const [a, b] = [light(rgba(style.color)), light(ground(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
        if (ratio < (large ? 3 : 4.5)) faint.push(`${element.textContent.trim()} ${ratio.toFixed(2)}`);
    }
    return faint;
}"""


def faint_texts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(_FAINT)
    return found


_STICKING_OUT = """async () => {
    await document.fonts.ready;
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const everything = [...document.querySelectorAll("body *")];
    const wide = everything.filter((one) => one.getBoundingClientRect().right > clientWidth);
    return [`by ${scrollWidth - clientWidth} px`, ...wide.map((one) => `${one.tagName} #${one.id} .${one.className}`)];
}"""


def sticking_out(page: Page) -> list[str]:
    """By how much the page can be scrolled sideways, and what reaches beyond its edge; nothing if it fits."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def canvas_colour(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def each_page(visitor: Visitor, yard: Yard) -> Iterator[tuple[str, Page]]:
    """The pages one after the other, in the states that differ most."""
    plate = f"LOOKS {yard.id[-12:]}"
    yard.enter(plate, minutes_ago=30)

    def at_gate(plate: str) -> Page:
        visitor.stand_at(yard.id)
        page = visitor.go("/gate/")
        expect(page.locator("#here-name")).to_have_text(yard.name)
        if plate:
            page.keyboard.type(plate)
            expect(page.locator("#say-title")).to_contain_text("in the yard")
        return page

    yield "sign-in", visitor.go("/sign-in/")
    visitor.sign_in("operator")
    expect(visitor.page.locator("#feed")).to_have_text("Live")
    yield "board", visitor.page
    visitor.page.locator("[data-layout=rows]").last.click()
    yield "rows", visitor.page
    yield "gate", at_gate("")
    yield "entry", at_gate("new")
    yield "exit", at_gate(plate)
    visitor.page.keyboard.press("?")
    yield "help", visitor.page
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("Alt+o")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    yield "opened by hand", visitor.page
    yield "till", visitor.go("/till/")
    expect(visitor.page.locator("#opening, #drawer").locator("visible=true")).to_have_count(1)
    yield "not found", visitor.go("/nowhere/")


def counted_shifts(visitor: Visitor, yard: Yard) -> Page:
    """The manager's page with a shift that is short, shown in detail."""
    shift = yard.owner.call("POST", "billing/shifts", {"locationId": yard.id, "drawer": "Looks", "openingFloat": 100})
    told = {"cause": "manual_open", "gate": "South exit", "reason": "the reader is dark"}
    yard.owner.call("POST", f"billing/shifts/{shift['id']}/incidents", told)
    yard.owner.call("POST", f"billing/shifts/{shift['id']}/close", {"counted": 80})
    page = visitor.sign_in("manager", "/shifts/").page
    page.get_by_label("Location").select_option(yard.id)
    expect(page.locator("#rows tr")).to_have_count(1)
    page.locator("#rows button").click()
    expect(page.locator("#detail-sums")).to_contain_text("Difference, short")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_shifts_stand_out_and_fit_a_phone(visit: Visit, yard: Yard, scheme: str) -> None:
    page = counted_shifts(visit(color_scheme=scheme, reduced_motion="reduce", **PHONE), yard)
    assert faint_texts(page) == []
    assert sticking_out(page) == []
    table, difference = page.locator(".scrolls").bounding_box(), page.locator("#rows td").last.bounding_box()
    assert table is not None
    assert difference is not None
    assert difference["x"] + difference["width"] <= table["x"] + table["width"] + 1
    mark, places = page.locator(".mark").bounding_box(), page.locator(".bar nav").bounding_box()
    assert mark is not None
    assert places is not None
    assert mark["x"] + mark["width"] <= places["x"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(visit: Visit, yard: Yard, scheme: str) -> None:
    visitor = visit(color_scheme=scheme, reduced_motion="reduce")
    faint = {name: texts for name, page in each_page(visitor, yard) if (texts := faint_texts(page))}
    assert faint == {}


def test_nothing_scrolls_sideways_on_a_phone(visit: Visit, yard: Yard) -> None:
    too_wide = {name: by for name, page in each_page(visit(**PHONE), yard) if (by := sticking_out(page))}
    assert too_wide == {}


@pytest.mark.parametrize("width", [1440, 1280, 1024])
def test_the_bar_shows_every_place_where_there_is_room(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 720}).sign_in("owner").page
    cut = page.evaluate("""[".bar nav", ".mark > span"].filter((part) => {
        const { scrollWidth, clientWidth } = document.querySelector(part);
        return scrollWidth > clientWidth;
    })""")
    assert cut == []


def test_the_device_chooses_the_theme_until_a_person_does(visit: Visit) -> None:
    visitor = visit(color_scheme="dark")
    page = visitor.go("/sign-in/")
    dark = canvas_colour(page)
    page.emulate_media(color_scheme="light")
    light = canvas_colour(page)
    assert dark != light
    button = page.get_by_role("button", name="Theme")
    button.click()
    expect(button).to_have_accessible_name("Theme: light")
    button.click()
    expect(button).to_have_accessible_name("Theme: dark")
    assert canvas_colour(page) == dark
    visitor.sign_in("operator")
    assert canvas_colour(page) == dark


def test_a_chosen_theme_is_there_at_the_first_paint(visit: Visit) -> None:
    visitor = visit(color_scheme="light")
    page = visitor.go("/sign-in/")
    light = canvas_colour(page)
    page.evaluate("localStorage.setItem('parking.theme', 'dark')")
    page.route("**/*.js", lambda route: route.continue_() if "theme" in route.request.url else route.abort())
    page.reload()
    assert canvas_colour(page) != light


def test_pages_keep_to_their_policy_and_break_nothing(visit: Visit, yard: Yard) -> None:
    visitor = visit()
    pages = [name for name, _ in each_page(visitor, yard)]
    assert len(pages) == 10
    assert [said for said in visitor.complaints if "404" not in said] == []
    policy = visitor.context.request.get(visitor.url("/sign-in/", host="localhost")).headers["content-security-policy"]
    assert "unsafe" not in policy


def test_nothing_jumps_while_the_board_gets_its_figures(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("operator").page
    expect(page.locator("#feed")).to_have_text("Live")
    yard.enter("SHIFT 1")
    expect(page.locator("#ticker li").first).to_contain_text("SHIFT 1")
    moved = page.evaluate("""new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((shift) => (sum += shift.value)))
            .observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 300);
    })""")
    assert moved < 0.01


def test_the_board_can_be_worked_by_keyboard(visit: Visit, yard: Yard) -> None:
    page = visit().sign_in("operator").page
    expect(page.locator("#feed")).to_have_text("Live")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        outline = focused.evaluate("(element) => getComputedStyle(element).outlineStyle")
        reached.append((focused.evaluate("(e) => e.ariaLabel || e.textContent.trim()"), outline))
    names = [name for name, _ in reached]
    for expected in ("Skip to the page", "Board", "Gate", "Account of operator@acme.example", "Cards", "Rows"):
        assert expected in names
    assert {outline for _, outline in reached} <= {"solid", "auto"}


def test_reduced_motion_changes_figures_at_once(visit: Visit, yard: Yard) -> None:
    page = visit(reduced_motion="reduce").sign_in("operator").page
    moving = page.evaluate("document.getAnimations().filter((one) => one.effect.getTiming().duration > 1).length")
    assert moving == 0
