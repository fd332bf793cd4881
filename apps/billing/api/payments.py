"""/api/v1/billing/payments, receipts and stays: money for stays, parked or ended, and how they stand."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import payment_queries, queries
from apps.billing.answers import Receipt, payment_record, receipt
from apps.billing.commands.payments import take_payment
from apps.billing.online.starting import start_online_payment
from apps.billing.payment_answers import (
    PaymentDetails,
    PaymentMade,
    PaymentPage,
    StayAccount,
    payment_details,
    payment_made,
    stay_account,
)
from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_newest

from .online import OnlinePayment, online_payment
from .payment_bodies import ListPayments, MakePayment


class PaymentsView(ApiView):
    """Payments apart from the exit; one at the exit is made with it."""

    resource = "payments"

    @extend_schema(
        parameters=query_parameters(ListPayments),
        responses=documented(PaymentPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """Payments, the newest first."""
        query = read_query(request, ListPayments)
        found = payment_queries.list_payments(wanted=query.wanted())
        page, following = page_newest(found, cursor=query.cursor, page_size=query.page_size, order="payments:-id")
        return reply(PaymentPage(items=[payment_record(payment) for payment in page], next_cursor=following))

    @extend_schema(
        request=MakePayment,
        responses={201: PaymentMade, 202: OnlinePayment, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Take what is due for a stay: its fee, or what it costs until now while the vehicle is parked.

        `online` asks for it (202); it is paid at the provider's, and `GET billing/payments/online/{id}` tells of it.
        """
        body = read_body(request, MakePayment)
        if body.method == "online":
            online = start_online_payment(
                stay_id=body.entry_id, payment=body.payment(), actor=actor_of(request), at=clock.now()
            )
            return reply(online_payment(online, request), 202, Location=f"/api/v1/billing/payments/online/{online.id}")
        made = take_payment(stay_id=body.entry_id, payment=body.payment(), actor=actor_of(request), at=clock.now())
        return reply(payment_made(made), 201, Location=f"/api/v1/billing/receipts/{made.payment.receipt_number}")


class PaymentView(ApiView):
    """One payment."""

    resource = "payments"

    @extend_schema(responses=documented(PaymentDetails, 401, 403, 404))
    def get(self, request: Request, payment_id: UUID) -> HttpResponse:
        """A payment, and what was given back of it."""
        return reply(payment_details(payment_queries.get_payment(payment_id=payment_id)))


class StayAccountView(ApiView):
    """What a stay costs and what was paid for it."""

    resource = "payments"

    @extend_schema(responses=documented(StayAccount, 401, 403, 404))
    def get(self, request: Request, entry_id: UUID) -> HttpResponse:
        """How a stay stands with the till."""
        return reply(stay_account(payment_queries.get_standing(stay_id=entry_id, at=clock.now())))


class ReceiptView(ApiView):
    """One receipt."""

    resource = "payments"

    @extend_schema(responses=documented(Receipt, 401, 403, 404))
    def get(self, request: Request, number: str) -> HttpResponse:
        """The receipt of this number."""
        return reply(receipt(queries.get_receipt(number=number)))
