"""/api/v1/billing/pay: what the holder of a link to pay needs, who is no member and needs no account."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.online.links import offers_page, read_link
from apps.billing.online.polling import EXPIRES_AFTER
from apps.billing.online.watching import watch_online_payment
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, reply
from apps.core.api.openapi import documented
from apps.core.money import minor_to_decimal


class PayerView(Answer, frozen=True, kw_only=True):
    """One payment to be made: to whom, how much, and by which keys of the provider's script.

    `status` is that of the online payment; `clientSecret` is there as long as it can be paid, in the provider's
    connected `account` where the operator has one of its own.
    """

    operator: str
    amount: Decimal
    currency: str
    status: str
    problem: str | None
    client_secret: str | None
    publishable_key: str | None
    account: str | None
    expires_at: datetime


class PayView(ApiView):
    """A link to pay. Its signature is the right to see it."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(responses=documented(PayerView, 404), auth=[])
    def get(self, request: Request, link: str) -> HttpResponse:
        """How far the payment is, and what pays it; 503 with Retry-After where the provider does not answer."""
        watched = watch_online_payment(online_id=read_link(link), at=clock.now())
        online = watched.online
        answer = PayerView(
            operator=tenancy.current().name,
            amount=minor_to_decimal(online.amount, online.currency),
            currency=online.currency,
            status="canceled" if online.unwanted and online.payment_id is None else online.status,
            problem=online.problem or None,
            client_secret=watched.client_secret,
            publishable_key=settings.STRIPE_PUBLISHABLE_KEY if offers_page() else None,
            account=online.account or None,
            expires_at=online.created_at + EXPIRES_AFTER,
        )
        return reply(answer, Cache_Control="no-store")
