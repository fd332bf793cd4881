"""/api/v1/billing/invoices: issued, listed and credited."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice, preview_invoice
from apps.billing.invoice_answers import (
    InvoiceDetails,
    InvoiceList,
    InvoicePreview,
    invoice_details,
    invoice_preview,
    invoice_summary,
)
from apps.billing.invoice_queries import get_invoice, list_invoices
from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import decode_cursor, encode_cursor

from .invoice_bodies import CreditInvoice, IssueInvoice, ListInvoices

_ORDER = "invoices:-id"


class InvoicesView(ApiView):
    """Invoices and credit notes."""

    resource = "invoices"

    @extend_schema(parameters=query_parameters(ListInvoices), responses=documented(InvoiceList, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """The newest first, by customer, kind, state and date of issue."""
        query = read_query(request, ListInvoices)
        found = list_invoices().filter(**_filters(query)).order_by("-id")
        if query.cursor:
            found = found.filter(id__lt=decode_cursor(query.cursor, _ORDER, (UUID,))[0])
        rows = list(found[: query.page_size + 1])
        page = rows[: query.page_size]
        following = encode_cursor(_ORDER, [page[-1].id]) if len(rows) > len(page) else None
        return reply(InvoiceList(items=[invoice_summary(row) for row in page], next_cursor=following))

    @extend_schema(
        request=IssueInvoice, responses={201: InvoiceDetails, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request) -> HttpResponse:
        """Issue an invoice for what of the period is on none yet; it is never changed."""
        body = read_body(request, IssueInvoice)
        invoice = generate_invoice(wanted=body.wanted(), actor=actor_of(request), at=clock.now())
        answer = invoice_details(get_invoice(invoice_id=invoice.id))
        return reply(answer, 201, Location=f"/api/v1/billing/invoices/{invoice.id}")


class InvoicePreviewView(ApiView):
    """An invoice before it is issued."""

    resource = "invoices"

    @extend_schema(
        parameters=query_parameters(IssueInvoice), responses=documented(InvoicePreview, 401, 403, 404, 409, 422)
    )
    def get(self, request: Request) -> HttpResponse:
        """What would be on it now."""
        query = read_query(request, IssueInvoice)
        return reply(invoice_preview(preview_invoice(wanted=query.wanted(), at=clock.now())))


class InvoiceView(ApiView):
    """One invoice or credit note."""

    resource = "invoices"

    @extend_schema(responses=documented(InvoiceDetails, 401, 403, 404))
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """All of it, and how far it is paid."""
        return reply(invoice_details(get_invoice(invoice_id=invoice_id)))


class CreditNotesView(ApiView):
    """The credit notes of one invoice."""

    resource = "invoices"

    @extend_schema(
        request=CreditInvoice, responses={201: InvoiceDetails, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """Credit all that is left of an invoice, or some lines; their stays can be invoiced anew."""
        body = read_body(request, CreditInvoice)
        note = credit_invoice(
            invoice_id=invoice_id, positions=body.lines, reason=body.reason, actor=actor_of(request), at=clock.now()
        )
        answer = invoice_details(get_invoice(invoice_id=note.id))
        return reply(answer, 201, Location=f"/api/v1/billing/invoices/{note.id}")


def _filters(query: ListInvoices) -> dict[str, Any]:
    wanted = {
        "customer_id": query.customer_id,
        "kind": query.kind,
        "state": query.state,
        "issue_date__gte": query.since,
        "issue_date__lt": query.until,
    }
    return {name: value for name, value in wanted.items() if value is not None}
