"""/api/v1/billing/exports: the ledger and the invoices as files for an accountant."""

from typing import Annotated, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.exporting import (
    INVOICE_COLUMNS,
    LEDGER_COLUMNS,
    head,
    invoice_lines,
    invoice_pages,
    ledger_lines,
    ledger_pages,
)
from apps.billing.periods import Span, read_span
from apps.core import audit, tenancy
from apps.core.api import ApiView, Body, read_query
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.streams import streamed

Moment = Annotated[str, msgspec.Meta(min_length=10, max_length=40)]


class AskExport(Body, frozen=True, kw_only=True):
    """A half-open time: local dates of the tenant, or timestamps with their offset."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")
    format: Literal["csv"] = "csv"


_ANSWERS = {(200, "text/csv"): OpenApiTypes.STR, **documented(None, 401, 403, 422)}


class LedgerExportView(ApiView):
    """The ledger as a file."""

    resource = "invoices"

    @extend_schema(parameters=query_parameters(AskExport), responses=_ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """Every line of the ledger with account, party, document, debit and credit, however many; told to the trail."""
        span = _asked(request, "ledger")
        return streamed(
            ledger_pages(span),
            ledger_lines,
            head=head(LEDGER_COLUMNS),
            content_type="text/csv; charset=utf-8",
            filename=f"ledger-{tenancy.current().slug}.csv",
            request=request._request,
        )


class InvoiceExportView(ApiView):
    """The invoices as a file."""

    resource = "invoices"

    @extend_schema(parameters=query_parameters(AskExport), responses=_ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """Invoices and credit notes issued in the time, a line for each tax rate; told to the trail."""
        span = _asked(request, "invoices")
        return streamed(
            invoice_pages(span),
            invoice_lines,
            head=head(INVOICE_COLUMNS),
            content_type="text/csv; charset=utf-8",
            filename=f"invoices-{tenancy.current().slug}.csv",
            request=request._request,
        )


def _asked(request: Request, what: str) -> Span:
    query = read_query(request, AskExport)
    span = read_span(since=query.since, until=query.until)
    asked = {"from": query.since, "to": query.until}
    audit.record_read(f"{what}.exported", audit.Subject("export", what), actor=actor_of(request), after=asked)
    return span
