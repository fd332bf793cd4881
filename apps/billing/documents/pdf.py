"""`render_pdf`: a document as PDF/A-3b by typst, the same bytes for the same words.

A document named `shift` is `templates/shift.typ` with its words in `words/shift.json`. The template imports `base.typ`
and reads from there:

- `data`: what the caller gave, as JSON. Amounts and instants are written by the caller, by `locale.amount`,
  `locale.money` and `locale.instant`: typst counts nothing.
- `t("key")`: the words of the document's language, from `words/shift.json` and `words/base.json`, each key with all
  languages beside one another.
- `letter(title, facts: ((label, value), …), body)`: the page with letterhead, title, facts and page numbers;
  `sums((label, value[, strong]), …)` and `grid-of(columns, head, rows)`: lists of figures; `signature(label)`.

Nothing is read from the machine but this folder: no system font, no package, no network. Text from people is set as
text and is never read as typst; a sign that no typeface has becomes U+FFFD (`typefaces.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import typst

from .letterhead import Letterhead
from .locales import Locale
from .typefaces import printable, typefaces

_HERE = Path(__file__).parent
# What the documents of a house keep for years need: ISO 19005-3, which also allows an e-invoice to be attached
_STANDARD = "a-3b"


class Unprintable(ValueError):
    """The document cannot be set: a logo that is no image, or a template that does not fit its data."""


def render_pdf(
    template: str,
    data: msgspec.Struct | Mapping[str, Any],
    *,
    letterhead: Letterhead,
    locale: Locale,
    at: datetime,
) -> bytes:
    """The document of this template, issued at `at` (UTC), as PDF; the same arguments give the same bytes.

    Raises Unprintable.
    """
    values = {
        "data": msgspec.to_builtins(data, str_keys=True),
        "issuer": {
            "name": letterhead.name,
            "address": letterhead.address,
            "taxId": letterhead.tax_id,
            "contact": letterhead.contact,
            "hasLogo": letterhead.logo is not None,
        },
        "language": locale.language,
        "words": words_of(template, locale.language),
    }
    files = {
        **_sources(),
        "main.typ": _sources()[f"{template}.typ"],
        "values.json": msgspec.json.encode(_printable(values)),
        "logo.json": msgspec.json.encode(list(letterhead.logo or b"")),  # files that are no text are refused
    }
    try:
        made: bytes = typst.compile(  # type: ignore[call-overload]  # its stubs leave out files by name
            files,
            format="pdf",
            font_paths=typefaces(),
            ignore_system_fonts=True,
            pdf_standards=_STANDARD,
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise Unprintable(f"{template}: {error.message}") from error
    return made


@cache
def words_of(template: str, language: str) -> dict[str, str]:
    """The words of a template in a language, those that all documents share among them."""
    both = {**_dictionary("base"), **_dictionary(template)}
    return {key: said[language] for key, said in both.items()}


@cache
def _dictionary(template: str) -> dict[str, dict[str, str]]:
    found = (_HERE / "words" / f"{template}.json").read_bytes()
    return msgspec.json.decode(found, type=dict[str, dict[str, str]])


@cache
def _sources() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (_HERE / "templates").glob("*.typ")}


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value
