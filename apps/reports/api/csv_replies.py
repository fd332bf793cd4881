"""Reports as CSV (RFC 4180), for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpResponse

from apps.core.api import Answer


def csv_reply(rows: Sequence[Answer], kind: type[Answer], *, filename: str) -> HttpResponse:
    """One line a row under the row's names on the wire; instants in UTC, amounts as they are in JSON."""
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(names.values())
    lines.writerows([_written(getattr(row, name)) for name in names] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _written(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
