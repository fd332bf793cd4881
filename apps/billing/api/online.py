"""/api/v1/billing/payments/online and webhooks: payments over the internet, and what their provider tells."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import models
from apps.billing.answers import RefundRecord, refund_record
from apps.billing.online.hearing import hear_event
from apps.billing.online.links import draw, find_page
from apps.billing.online.sendings import retry_refund
from apps.billing.online.starting import OnlinePaymentNotFound, get_online_payment
from apps.billing.online.watching import watch_online_payment
from apps.core import clock
from apps.core.api import Answer, ApiView, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.money import minor_to_decimal

from .files import file_reply


class OnlinePayment(Answer, frozen=True, kw_only=True):
    """A payment asked for online; `clientSecret` is for the payer's browser, once the provider has heard of it.

    `paymentId` is there once the money is. `problem` says why it failed; it may be tried again until it expires.
    `payUrl` is the page to pay it on any device, where there is one.
    """

    id: UUID
    entry_id: UUID
    status: str
    amount: Decimal
    currency: str
    provider: str
    problem: str | None
    payment_id: UUID | None
    client_secret: str | None
    pay_url: str | None
    created_at: datetime


class Acknowledged(Answer, frozen=True, kw_only=True):
    """The event was taken; `isNews` where it changed something here."""

    is_news: bool


def online_payment(
    online: models.OnlinePayment, request: Request, *, client_secret: str | None = None
) -> OnlinePayment:
    """A payment asked for online, as the API shows it."""
    return OnlinePayment(
        id=online.id,
        entry_id=online.stay_id,
        status=online.status,
        amount=minor_to_decimal(online.amount, online.currency),
        currency=online.currency,
        provider=online.provider,
        problem=online.problem or None,
        payment_id=online.payment_id,
        client_secret=client_secret,
        pay_url=_pay_url(online, request),
        created_at=online.created_at,
    )


def _pay_url(online: models.OnlinePayment, request: Request) -> str | None:
    page = find_page(online)
    return None if page is None else request._request.build_absolute_uri(page)


class OnlinePaymentView(ApiView):
    """One payment asked for online."""

    resource = "payments"

    @extend_schema(responses=documented(OnlinePayment, 401, 403, 404))
    def get(self, request: Request, online_id: UUID) -> HttpResponse:
        """How far it is; 503 with Retry-After where the provider has to be asked and does not answer."""
        watched = watch_online_payment(online_id=online_id, at=clock.now())
        told = online_payment(watched.online, request, client_secret=watched.client_secret)
        return reply(told, Cache_Control="no-store")


class PayCodeView(ApiView):
    """The page to pay one payment, as a picture."""

    resource = "payments"

    @extend_schema(responses={(200, "image/svg+xml"): OpenApiTypes.BINARY, **documented(None, 401, 403, 404)})
    def get(self, request: Request, online_id: UUID) -> HttpResponse:
        """The QR code of `payUrl`, for the payer's phone; 404 where the payment can be made no more."""
        address = _pay_url(get_online_payment(online_id=online_id), request)
        if address is None:
            raise OnlinePaymentNotFound("It can be paid no more; ask for it anew.")
        return file_reply(draw(address), "image/svg+xml", f"pay-{online_id}.svg")


class RetryRefundView(ApiView):
    """The sending of one refund."""

    resource = "refunds"

    @extend_schema(request=None, responses={202: RefundRecord, **documented(None, 401, 403, 404, 409)})
    def post(self, request: Request, refund_id: UUID) -> HttpResponse:
        """Have the provider send a refund again that it could not send."""
        sending = retry_refund(refund_id=refund_id, actor=actor_of(request), at=clock.now())
        return reply(refund_record(sending.refund), 202)


class StripeWebhookView(ApiView):
    """What Stripe tells. Its signature is who it is."""

    authentication_classes = []
    permission_classes = []
    keeps_answers = False

    @extend_schema(request=None, responses=documented(Acknowledged, 400, 403, 404), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Take a signed event; a repeat, one out of order and one of nothing here are taken as well.

        One of another account than the payment that it names is refused.
        """
        signature = request.META.get("HTTP_STRIPE_SIGNATURE", "")
        heard = hear_event(payload=request._request.body, signature=signature, at=clock.now())
        return reply(Acknowledged(is_news=heard))
