"""Long tables as a stream of lines, read page by page while they are sent: a year takes no more memory than a page."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import msgspec
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from apps.core import tenancy

Row = TypeVar("Row")
Pages = Callable[[Row | None], Sequence[Row]]
"""Gives the page after this row, the first one after None, and nothing after the last."""

_encode = msgspec.json.Encoder(decimal_format="string").encode


def streamed(
    page_after: Pages[Row],
    lines: Callable[[Sequence[Row]], bytes],
    *,
    head: bytes,
    content_type: str,
    filename: str,
    request: HttpRequest,
) -> HttpResponse:
    """An answer of these pages in the tenant that is entered now.

    They are sent when the view is over: so each page enters the tenant anew.
    """
    tenant = tenancy.current()

    def entered(last: Row | None) -> Sequence[Row]:
        with tenancy.enter(tenant):
            return page_after(last)

    # Django collects all of a plain iterator first where it is served by ASGI
    pages = _later(entered, lines, head) if isinstance(request, ASGIRequest) else _now(entered, lines, head)
    response = StreamingHttpResponse(pages, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return cast(HttpResponse, response)


def _now(page_after: Pages[Row], lines: Callable[[Sequence[Row]], bytes], head: bytes) -> Iterator[bytes]:
    yield head
    last: Row | None = None
    while page := page_after(last):
        yield lines(page)
        last = page[-1]


async def _later(page_after: Pages[Row], lines: Callable[[Sequence[Row]], bytes], head: bytes) -> AsyncIterator[bytes]:
    yield head
    last: Row | None = None
    while page := await tenancy.in_thread(page_after, last):
        yield lines(page)
        last = page[-1]


def csv_cell(value: Any) -> str:
    """A value as a spreadsheet may read it: what begins like a formula is text (OWASP: CSV injection)."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _encode(value).decode().strip('"')
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(value) else text


def csv_line(cells: Sequence[str]) -> bytes:
    """One line (RFC 4180)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _is_number(value: Any) -> bool:
    return not isinstance(value, str | bool) and hasattr(value, "as_integer_ratio")
