"""What may be a logo: a small PNG or JPEG. SVG is refused, for it is a program as much as a picture.

Read are only the few bytes that say what it is and how large; whether it can be drawn is then tried by drawing it.
"""

import struct
from typing import Final

import msgspec

from apps.core.errors import Invalid

MOST_BYTES: Final = 256 * 1024
MOST_PIXELS: Final = 2000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
# Start of frame markers of JPEG (ITU-T T.81, table B.1), of which each but DHT, JPG and DAC has the size
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image's kind and its size in pixels."""

    media_type: str
    width: int
    height: int


def read_image(raw: bytes) -> Image:
    """What an uploaded image is. Raises Invalid for what is none, of another kind, too large or too wide."""
    if len(raw) > MOST_BYTES:
        raise _refusal("too_large", f"A logo has at most {MOST_BYTES // 1024} KiB.")
    size = None
    if raw.startswith(_PNG) and raw[12:16] == b"IHDR" and len(raw) >= 24:
        media_type, size = "image/png", struct.unpack_from(">LL", raw, 16)
    elif raw.startswith(_JPEG):
        media_type, size = "image/jpeg", _jpeg_size(raw)
    if size is None:
        raise _refusal("not_an_image", "Send a PNG or a JPEG.")
    width, height = size
    if not (1 <= width <= MOST_PIXELS and 1 <= height <= MOST_PIXELS):
        raise _refusal("too_wide", f"A logo is at most {MOST_PIXELS} pixels wide and high.")
    return Image(media_type=media_type, width=width, height=height)


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(raw) and raw[at] == 0xFF:
        marker, length = raw[at + 1], struct.unpack_from(">H", raw, at + 2)[0]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", raw, at + 5)
            return width, height
        at += 2 + length
    return None


def _refusal(code: str, message: str) -> Invalid:
    return Invalid.field("image", code, message)
