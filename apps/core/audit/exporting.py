"""The trail as a stream of lines."""

from collections.abc import Sequence

import msgspec
from django.http import HttpRequest, HttpResponse

from apps.core import tenancy
from apps.core.api.streams import csv_cell, csv_line
from apps.core.api.streams import streamed as stream

from .query import PAGE, AuditAnswer, AuditFilter, read_audit

_encode = msgspec.json.Encoder().encode


def streamed(wanted: AuditFilter, *, kind: str, request: HttpRequest) -> HttpResponse:
    """The answers as `csv` or `jsonl`, read page by page while they are sent."""

    def page_after(last: AuditAnswer | None) -> list[AuditAnswer]:
        return read_audit(wanted=wanted, before=last.id if last else None, limit=PAGE)

    as_csv = kind == "csv"
    return stream(
        page_after,
        _csv if as_csv else _jsonl,
        head=csv_line(AuditAnswer.__struct_encode_fields__) if as_csv else b"",
        content_type="text/csv; charset=utf-8" if as_csv else "application/x-ndjson",
        filename=f"audit-{tenancy.current().slug}.{kind}",
        request=request,
    )


def _jsonl(page: Sequence[AuditAnswer]) -> bytes:
    return b"".join(_encode(answer) + b"\n" for answer in page)


def _csv(page: Sequence[AuditAnswer]) -> bytes:
    return b"".join(csv_line([csv_cell(value) for value in msgspec.structs.astuple(answer)]) for answer in page)
