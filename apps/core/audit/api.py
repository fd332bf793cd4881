"""/api/v1/audit: who did what in this tenant, and the same as a file."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core import tenancy
from apps.core.api import ApiView, Body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.bodies import Instant
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import DEFAULT_PAGE_SIZE, Page, PageSize, decode_cursor, encode_cursor

from .exporting import streamed
from .query import AuditAnswer, AuditFilter, read_audit
from .recording import Subject, record_read

_ORDER = "audit:-id"
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class AuditWanted(Body, frozen=True, kw_only=True):
    """What to find. `from` and `to` are of the recording; `actor` is the id of a user or key."""

    actor: UUID | None = None
    action: Word | None = None
    subject: Word | None = None
    correlation_id: Word | None = None
    refused: bool | None = None
    since: Instant | None = msgspec.field(name="from", default=None)
    until: Instant | None = msgspec.field(name="to", default=None)

    def wanted(self) -> AuditFilter:
        """For the query."""
        return AuditFilter(**{name: getattr(self, name) for name in AuditFilter.__struct_fields__})


class AuditQuery(AuditWanted, frozen=True, kw_only=True):
    """GET audit."""

    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class AuditExportQuery(AuditWanted, frozen=True, kw_only=True):
    """GET audit/export."""

    format: Literal["csv", "jsonl"] = "jsonl"


class AuditList(Page, frozen=True, kw_only=True):
    """A page of the trail, the newest first."""

    items: Sequence[AuditAnswer]


class AuditView(ApiView):
    resource = "audit"

    @extend_schema(
        summary="Who did what in this tenant, the newest first",
        parameters=query_parameters(AuditQuery),
        responses=documented(AuditList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, AuditQuery)
        before = decode_cursor(query.cursor, _ORDER, (UUID,))[0] if query.cursor else None
        found = read_audit(wanted=query.wanted(), before=before, limit=query.page_size + 1)
        page = found[: query.page_size]
        following = encode_cursor(_ORDER, [page[-1].id]) if len(found) > len(page) else None
        return reply(AuditList(items=page, next_cursor=following), Cache_Control="no-store")


class AuditExportView(ApiView):
    resource = "audit"

    @extend_schema(
        summary="The same as a file, however long; the export itself is put into the trail",
        parameters=query_parameters(AuditExportQuery),
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            **documented(None, 401, 403, 422),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, AuditExportQuery)
        tenant = tenancy.current()
        asked = {name: value for name, value in msgspec.structs.asdict(query).items() if value is not None}
        record_read("audit.exported", Subject("audit", tenant.slug), actor=actor_of(request), after=asked)
        return streamed(query.wanted(), kind=query.format, request=request._request)
