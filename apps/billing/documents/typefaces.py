"""The typefaces that documents are set in, and which characters they have.

Only what lies in `fonts/` is used, never what a machine has installed, so a document looks the same everywhere; a
further script is a further file there. A character that none of them has would be refused by PDF/A, so it is printed as
the replacement sign. The tables are read as the OpenType specification 1.9.1, "cmap", describes formats 4 and 12.
"""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import typst

FONTS = Path(__file__).parent / "fonts"
REPLACEMENT = "\ufffd"


@cache
def typefaces() -> typst.Fonts:
    """The typefaces, read once for each process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


@cache
def _covered() -> frozenset[int]:
    """The code points that have a sign; what controls a terminal has none, though the tables name some."""
    named = {code for path in FONTS.glob("*.ttf") for code in _code_points(path.read_bytes())}
    return frozenset(code for code in named if unicodedata.category(chr(code)) != "Cc")


def printable(text: str) -> str:
    """The text with a replacement sign for each character that no typeface has; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    covered = _covered()
    return "".join(sign if sign == "\n" or ord(sign) in covered else REPLACEMENT for sign in text)


def _code_points(font: bytes) -> Iterator[int]:
    (tables,) = struct.unpack_from(">4xH", font)
    records = (struct.unpack_from(">4s4xL", font, 12 + 16 * index) for index in range(tables))
    cmap = next(offset for tag, offset in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">2xH", font, cmap)
    for index in range(subtables):
        platform, encoding, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * index)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            yield from _READERS[struct.unpack_from(">H", font, cmap + offset)[0]](font, cmap + offset)


def _segments(font: bytes, at: int) -> Iterator[int]:
    """Format 4: ends and starts of runs, side by side; the last run is an end mark."""
    double = struct.unpack_from(">6xH", font, at)[0]
    ends = struct.unpack_from(f">{double // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{double // 2}H", font, at + 16 + double)
    for start, end in zip(starts, ends, strict=True):
        yield from range(start, min(end, 0xFFFE) + 1)


def _groups(font: bytes, at: int) -> Iterator[int]:
    """Format 12: runs of code points beyond the basic plane too."""
    (count,) = struct.unpack_from(">12xL", font, at)
    for index in range(count):
        start, end = struct.unpack_from(">LL", font, at + 16 + 12 * index)
        yield from range(start, end + 1)


def _nothing(font: bytes, at: int) -> Iterator[int]:
    yield from ()


_READERS = {4: _segments, 12: _groups, 14: _nothing}
