"""/api/v1/billing/receipts/{number}.pdf and /email: receipts as people get them."""

from typing import Literal

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.mail.asking import ask_for_mail
from apps.billing.models import DocumentMail
from apps.billing.receipt_files import receipt_file, require_receipt
from apps.core import clock
from apps.core.api import ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters

from .files import file_reply
from .mails import MailRecord, SendTo, mail_record


class PrintReceipt(Body, frozen=True, kw_only=True):
    """`roll` is for printers of paper 80 mm wide."""

    format: Literal["a4", "roll"] = "a4"


class ReceiptPdfView(ApiView):
    """One receipt on paper."""

    resource = "payments"

    @extend_schema(
        parameters=query_parameters(PrintReceipt),
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **documented(None, 401, 403, 404, 422)},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """The receipt of this number as PDF, with what was paid and given back until now; a customer's payment too."""
        query = read_query(request, PrintReceipt)
        file = receipt_file(number=number, roll=query.format == "roll")
        return file_reply(file, "application/pdf", f"{number}.pdf")


class ReceiptMailView(ApiView):
    """One receipt by e-mail."""

    resource = "payments"

    @extend_schema(request=SendTo, responses={201: MailRecord, **documented(None, 400, 401, 403, 404, 422, 429)})
    def post(self, request: Request, number: str) -> HttpResponse:
        """Send it to an address, at most five times an hour; the worker does so in a moment."""
        body = read_body(request, SendTo)
        require_receipt(number=number)
        mail = ask_for_mail(
            document=DocumentMail.Document.RECEIPT, number=number, to=body.to, actor=actor_of(request), at=clock.now()
        )
        return reply(mail_record(mail), 201)
