"""The trail as a stream of lines, so that a year of it takes no more memory than a page."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from apps.core import tenancy
from apps.core.tenancy import TenantRef

from .query import PAGE, AuditAnswer, AuditFilter, read_audit

_encode = msgspec.json.Encoder().encode
Lines = Callable[[Sequence[AuditAnswer]], bytes]


def streamed(wanted: AuditFilter, *, tenant: TenantRef, kind: str, request: HttpRequest) -> HttpResponse:
    """The answers as `csv` or `jsonl`, read page by page while they are sent.

    They are sent when the view is over: so each page enters the tenant anew.
    """

    def page_after(last: UUID | None) -> list[AuditAnswer]:
        with tenancy.enter(tenant):
            return read_audit(wanted=wanted, before=last, limit=PAGE)

    lines: Lines = _csv if kind == "csv" else _jsonl
    head = _line(AuditAnswer.__struct_encode_fields__) if kind == "csv" else b""
    # Django collects all of a plain iterator first where it is served by ASGI
    pages = _later(page_after, lines, head) if isinstance(request, ASGIRequest) else _now(page_after, lines, head)
    response = StreamingHttpResponse(
        pages, content_type="text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    )
    response["Content-Disposition"] = f'attachment; filename="audit-{tenant.slug}.{kind}"'
    response["Cache-Control"] = "no-store"
    return cast(HttpResponse, response)


Pages = Callable[[UUID | None], list[AuditAnswer]]


def _now(page_after: Pages, lines: Lines, head: bytes) -> Iterator[bytes]:
    yield head
    last: UUID | None = None
    while page := page_after(last):
        yield lines(page)
        last = page[-1].id


async def _later(page_after: Pages, lines: Lines, head: bytes) -> AsyncIterator[bytes]:
    yield head
    last: UUID | None = None
    while page := await tenancy.in_thread(page_after, last):
        yield lines(page)
        last = page[-1].id


def _jsonl(page: Sequence[AuditAnswer]) -> bytes:
    return b"".join(_encode(answer) + b"\n" for answer in page)


def _csv(page: Sequence[AuditAnswer]) -> bytes:
    return b"".join(_line(_cells(answer)) for answer in page)


def _cells(answer: AuditAnswer) -> list[str]:
    return [_cell(value) for value in msgspec.structs.astuple(answer)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _encode(value).decode().strip('"')
    # A spreadsheet would run what begins like a formula (OWASP: CSV injection)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
