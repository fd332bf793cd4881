"""/api/v1/billing/customers/{id}/payments/{paymentId}/void: a customer's payment undone."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.customer_voids import void_customer_payment
from apps.core import clock
from apps.core.api import Answer, ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.money import minor_to_decimal

from .payment_bodies import UndoPayment


class CustomerPaymentVoidAnswer(Answer, frozen=True, kw_only=True):
    """A customer's payment that was undone: all of it."""

    payment_id: UUID
    customer_id: UUID
    receipt_number: str
    amount: Decimal
    currency: str
    invoice_id: UUID | None
    reason: str
    voided_by_name: str
    voided_at: datetime


class CustomerPaymentVoidView(ApiView):
    """The undoing of one payment of a customer."""

    resource = "refunds"

    @extend_schema(
        request=UndoPayment,
        responses={201: CustomerPaymentVoidAnswer, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, customer_id: UUID, payment_id: UUID) -> HttpResponse:
        """Undo a payment; what it paid is owed again, and its receipt keeps its number."""
        body = read_body(request, UndoPayment)
        void = void_customer_payment(
            customer_id=customer_id,
            payment_id=payment_id,
            reason=body.reason,
            actor=actor_of(request),
            at=clock.now(),
            shift_id=body.shift_id,
        )
        payment = void.payment
        answer = CustomerPaymentVoidAnswer(
            payment_id=payment.id,
            customer_id=payment.customer_id,
            receipt_number=payment.receipt_number,
            amount=minor_to_decimal(payment.amount, payment.currency),
            currency=payment.currency,
            invoice_id=payment.invoice_id,
            reason=void.reason,
            voided_by_name=void.voided_by_name,
            voided_at=void.voided_at,
        )
        return reply(answer, 201)
