"""Documents as PDF: the same everywhere, in every language, whatever people have typed."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from apps.billing import documents
from apps.billing.documents import LOCALES, Letterhead, Unprintable, find_locale, render_pdf
from apps.billing.documents.locales import LANGUAGES
from apps.billing.documents.typefaces import FONTS, REPLACEMENT, _covered, printable, typefaces

AT = datetime(2026, 11, 27, 18, 45, tzinfo=UTC)
ACME = Letterhead(name="Acme Parking")
WORDS = sorted((Path(documents.__file__).parent / "words").glob("*.json"))
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><rect width="90" height="40"/></svg>'


def shift(**changes: Any) -> dict[str, Any]:
    return {
        "cashier": "Olga Operator",
        "location": "North yard",
        "opened": "27 Nov 2026, 06:00",
        "closed": "27 Nov 2026, 14:00",
        "status": "status_closed",
        "zone": "Asia/Kolkata",
        "receipts": "–",
        "currency": "INR",
        "sums": [{"label": "float", "amount": "2,000.00", "strong": False}],
        "recounts": [],
        "denominations": [],
        "causes": [],
        "movements": [],
    } | changes


def rendered(letterhead: Letterhead = ACME, *, locale: str = "en", at: datetime = AT, **changes: Any) -> bytes:
    return render_pdf("shift", shift(**changes), letterhead=letterhead, locale=find_locale(locale), at=at)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def typefaces_in(pdf: bytes) -> dict[str, bool]:
    """Each typeface that the pages name, and whether the file carries it."""
    found = {}
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            found[str(descriptor["/FontName"])] = any(key.startswith("/FontFile") for key in descriptor)
    return found


def test_the_same_document_is_the_same_bytes() -> None:
    assert rendered() == rendered()
    assert rendered() != rendered(at=AT + timedelta(seconds=1))


def test_it_is_archival_and_carries_its_typefaces() -> None:
    pdf = rendered(locale="hi", cashier="Ravi रवि")
    about = PdfReader(io.BytesIO(pdf)).xmp_metadata

    assert about is not None
    assert (about.pdfaid_part, about.pdfaid_conformance) == ("3", "B")
    carried = typefaces_in(pdf)
    assert {name.split("+")[-1].rsplit("-", 1)[0] for name in carried} == {"NotoSans", "NotoSansDevanagari"}
    assert all(carried.values())


def test_the_letterhead_says_who_issues_it() -> None:
    full = Letterhead(
        name="Acme Parking Ltd",
        address=("1 Station Road", "Mumbai"),
        tax_id="27AAPFU0939F1ZV",
        contact=("a@acme.example",),
    )

    text = text_of(rendered(full))

    for said in (
        "Acme Parking Ltd",
        "1 Station Road",
        "Mumbai",
        "Tax ID 27AAPFU0939F1ZV",
        "a@acme.example",
        "Page 1 / 1",
    ):
        assert said in text


def test_a_logo_is_drawn_and_a_broken_one_is_named() -> None:
    with_logo = rendered(Letterhead(name="Acme Parking", logo=LOGO))

    assert len(with_logo) != len(rendered())
    with pytest.raises(Unprintable, match="unknown image format"):
        rendered(Letterhead(name="Acme Parking", logo=b"no image"))


@pytest.mark.parametrize(("locale", "title"), [("en", "Cash shift"), ("de", "Kassenschicht")])
def test_the_words_are_of_the_language(locale: str, title: str) -> None:
    assert title in text_of(rendered(locale=locale))


def test_what_people_typed_is_text_and_no_program() -> None:
    typed = '#panic("no") *bold* $x$ <label> @ref \\ "quoted"'

    assert typed in text_of(rendered(cashier=typed))


def test_a_sign_that_no_typeface_has_is_replaced_and_the_rest_stays() -> None:
    assert printable("Ravi 中 \x00 😀\nरवि ₹") == f"Ravi {REPLACEMENT} {REPLACEMENT} {REPLACEMENT}\nरवि ₹"
    assert f"Ravi {REPLACEMENT}" in text_of(rendered(cashier="Ravi 中"))


def test_every_sign_that_counts_as_printable_can_be_printed() -> None:
    signs = sorted(_covered())
    rows = ["".join(map(chr, signs[start : start + 50])) for start in range(0, len(signs), 50)]

    pdf = rendered(
        sums=[{"label": "float", "amount": row, "strong": strong} for row in rows for strong in (False, True)]
    )

    assert pdf.startswith(b"%PDF-")


def test_only_our_own_typefaces_are_known() -> None:
    assert typefaces().families() == ["Noto Sans", "Noto Sans Devanagari"]
    assert {Path(font.path or "").parent for font in typefaces().fonts()} == {FONTS}


@pytest.mark.parametrize("words", WORDS, ids=lambda path: path.stem)
def test_every_word_is_there_in_every_language(words: Path) -> None:
    said = msgspec.json.decode(words.read_bytes(), type=dict[str, dict[str, str]])

    assert {key: sorted(texts) for key, texts in said.items() if sorted(texts) != sorted(LANGUAGES)} == {}
    assert all(text.strip() for texts in said.values() for text in texts.values())


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "written"),
    [
        ("en", 123456789, "INR", "1,234,567.89"),
        ("en-IN", 123456789, "INR", "12,34,567.89"),
        ("hi", -10000000, "INR", "-1,00,000.00"),
        ("de", 123456789, "EUR", "1.234.567,89"),
        ("de", 500, "JPY", "500"),
        ("en", 1234567, "KWD", "1,234.567"),
        ("en", -5, "EUR", "-0.05"),
        ("en", 99999, "EUR", "999.99"),
        ("en-IN", 100000, "JPY", "1,00,000"),
    ],
)
def test_amounts_are_written_as_the_region_does(locale: str, minor: int, currency: str, written: str) -> None:
    assert LOCALES[locale].amount(minor, currency) == written
    assert LOCALES[locale].money(minor, currency) == f"{written}\u00a0{currency}"


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en", "28 Nov 2026, 00:15"), ("de", "28.11.2026, 00:15"), ("hi", "28/11/2026, 00:15")],
)
def test_instants_are_of_the_local_clock(locale: str, written: str) -> None:
    assert LOCALES[locale].instant(AT, "Asia/Kolkata") == written


@pytest.mark.parametrize(
    ("tag", "found"), [("de-AT", "de"), ("hi_IN", "hi"), ("EN-in", "en-IN"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_a_tag_finds_the_nearest_locale(tag: str, found: str) -> None:
    assert find_locale(tag).tag == found
