"""/api/v1/billing/payments and receipts: money for stays that have ended."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import queries
from apps.billing.answers import PaymentRecord, Receipt, payment_record, receipt
from apps.billing.commands.payments import take_payment
from apps.core import clock
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented

from .bodies import MakePayment


class PaymentsView(ApiView):
    """Payments after the exit; one at the exit is made with it."""

    resource = "payments"

    @extend_schema(
        request=MakePayment,
        responses={201: PaymentRecord, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Take exactly what is due for a stay."""
        body = read_body(request, MakePayment)
        taken = take_payment(stay_id=body.entry_id, payment=body.payment(), actor=actor_of(request), at=clock.now())
        return reply(payment_record(taken), 201, Location=f"/api/v1/billing/receipts/{taken.receipt_number}")


class ReceiptView(ApiView):
    """One receipt."""

    resource = "payments"

    @extend_schema(responses=documented(Receipt, 401, 403, 404))
    def get(self, request: Request, number: str) -> HttpResponse:
        """The receipt of this number."""
        return reply(receipt(queries.get_receipt(number=number)))
