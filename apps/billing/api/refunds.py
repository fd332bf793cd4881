"""/api/v1/billing/payments/{id}/refund and /void: money that goes back."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.answers import RefundRecord, refund_record
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.core import clock
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented

from .payment_bodies import GiveBack, UndoPayment


class RefundView(ApiView):
    """Refunds of one payment."""

    resource = "refunds"

    @extend_schema(request=GiveBack, responses={201: RefundRecord, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, payment_id: UUID) -> HttpResponse:
        """Give back a part or all of what is left of a payment."""
        body = read_body(request, GiveBack)
        refund = refund_payment(
            payment_id=payment_id,
            amount=body.amount,
            reason=body.reason,
            actor=actor_of(request),
            at=clock.now(),
            shift_id=body.shift_id,
        )
        return reply(refund_record(refund), 201)


class VoidView(ApiView):
    """The undoing of one payment."""

    resource = "refunds"

    @extend_schema(request=UndoPayment, responses={201: RefundRecord, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, payment_id: UUID) -> HttpResponse:
        """Undo a payment of today; its fee is due again."""
        body = read_body(request, UndoPayment)
        refund = void_payment(
            payment_id=payment_id,
            reason=body.reason,
            actor=actor_of(request),
            at=clock.now(),
            shift_id=body.shift_id,
        )
        return reply(refund_record(refund), 201)
