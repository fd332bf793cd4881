"""/api/v1/billing/invoices/{id}.pdf, .xml and /email: invoices as people and machines get them."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.documents.invoice import invoice_pdf
from apps.billing.einvoice import invoice_xml
from apps.billing.invoice_queries import get_invoice
from apps.billing.mail.asking import ask_for_mail
from apps.billing.models import DocumentMail
from apps.core import clock
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented

from .files import file_reply
from .mails import MailRecord, SendTo, mail_record


class InvoicePdfView(ApiView):
    """One invoice on paper."""

    resource = "invoices"

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **documented(None, 401, 403, 404)})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """The invoice or credit note as PDF/A-3, with its XML within (Factur-X) where the letterhead allows one."""
        invoice = get_invoice(invoice_id=invoice_id)
        return file_reply(invoice_pdf(invoice), "application/pdf", f"{invoice.number}.pdf")


class InvoiceXmlView(ApiView):
    """One invoice for machines."""

    resource = "invoices"

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.STR, **documented(None, 401, 403, 404, 409)})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """The same by EN 16931, as a UN/CEFACT Cross Industry Invoice."""
        invoice = get_invoice(invoice_id=invoice_id)
        return file_reply(invoice_xml(invoice), "application/xml", f"{invoice.number}.xml")


class InvoiceMailView(ApiView):
    """One invoice by e-mail."""

    resource = "invoices"

    @extend_schema(request=SendTo, responses={201: MailRecord, **documented(None, 400, 401, 403, 404, 422, 429)})
    def post(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """Send it to an address, at most five times an hour; the worker does so in a moment."""
        body = read_body(request, SendTo)
        invoice = get_invoice(invoice_id=invoice_id)
        mail = ask_for_mail(
            document=DocumentMail.Document.INVOICE,
            number=invoice.number,
            to=body.to,
            actor=actor_of(request),
            at=clock.now(),
        )
        return reply(mail_record(mail), 201)
