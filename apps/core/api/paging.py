"""Keyset pagination: a cursor names the last row seen, so that page 10,000 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from apps.core.errors import Invalid

PageSize = Annotated[int, msgspec.Meta(ge=1, le=200)]
DEFAULT_PAGE_SIZE = 50


def encode_cursor(order: str, keys: Sequence[Any]) -> str:
    """An opaque cursor after the row with these sort keys, good for the same ordering only."""
    return base64.urlsafe_b64encode(msgspec.json.encode([order, *keys])).decode().rstrip("=")


def decode_cursor(cursor: str, order: str, kinds: tuple[Any, ...]) -> list[Any]:
    """The sort keys in a cursor. Raises Invalid for one that is not ours or of another ordering."""
    try:
        raw = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(raw, list) or len(raw) != len(kinds) + 1 or raw[0] != order:
            raise ValueError
        return [msgspec.convert(value, kind) for value, kind in zip(raw[1:], kinds, strict=True)]
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Invalid.field("cursor", "invalid", "Use nextCursor of the page before, with the same ordering.") from None


class Page(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of a list; `next_cursor` is null on the last one, `total` null where counting would cost too much."""

    items: Sequence[Any]
    next_cursor: str | None = None
    total: int | None = None
