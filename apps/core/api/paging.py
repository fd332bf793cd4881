"""Keyset pagination: a cursor names the last row seen, so that page 10,000 costs what page 1 costs."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Model, Q, QuerySet

from apps.core.errors import Invalid

from .bodies import Body

Row = TypeVar("Row", bound=Model)

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
        if any(isinstance(value, str) and "\0" in value for value in raw):
            raise ValueError
        return [msgspec.convert(value, kind) for value, kind in zip(raw[1:], kinds, strict=True)]
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise Invalid.field("cursor", "invalid", "Use nextCursor of the page before, with the same ordering.") from None


class PageQuery(Body, frozen=True, kw_only=True):
    """The query string of a list without filters."""

    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


def page_upwards(
    rows: QuerySet[Row], query: PageQuery, *, order: str, by: dict[str, Any]
) -> tuple[list[Row], str | None]:
    """A page of rows in ascending order, and the cursor of the next one.

    `by` maps the fields to sort by, together unique, to their types; `order` names this list in its cursors. Raises
    Invalid for a cursor that is not of this list.
    """
    rows = rows.order_by(*by)
    if query.cursor:
        after, same = Q(), Q()
        for field, value in zip(by, decode_cursor(query.cursor, order, tuple(by.values())), strict=True):
            after |= same & Q(**{f"{field}__gt": value})
            same &= Q(**{field: value})
        rows = rows.filter(after)
    found = list(rows[: query.page_size + 1])
    page = found[: query.page_size]
    more = len(found) > len(page)
    return page, encode_cursor(order, [_value(page[-1], field) for field in by]) if more else None


def page_newest(rows: QuerySet[Row], *, cursor: str | None, page_size: int, order: str) -> tuple[list[Row], str | None]:
    """A page of rows with UUIDv7 ids, the newest first, and the cursor of the next one.

    `order` names this list in its cursors. Raises Invalid for a cursor that is not of this list.
    """
    rows = rows.order_by("-id")
    if cursor:
        rows = rows.filter(id__lt=decode_cursor(cursor, order, (UUID,))[0])
    found = list(rows[: page_size + 1])
    page = found[:page_size]
    return page, encode_cursor(order, [page[-1].pk]) if len(found) > len(page) else None


def _value(row: Any, field: str) -> Any:
    for name in field.split("__"):
        row = getattr(row, name)
    return row


class Page(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of a list; `next_cursor` is null on the last one, `total` null where counting would cost too much."""

    items: Sequence[Any]
    next_cursor: str | None = None
    total: int | None = None
