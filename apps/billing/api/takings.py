"""/api/v1/billing/takings: what was taken and given back in a period."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import field
from rest_framework.request import Request

from apps.billing import takings
from apps.core.api import Answer, ApiView, Body, read_query, reply
from apps.core.api.bodies import Instant
from apps.core.api.openapi import documented, query_parameters
from apps.core.money import minor_to_decimal


class ReadTakings(Body, frozen=True, kw_only=True):
    """A half-open period, at all locations or at one."""

    since: Instant = field(name="from")
    until: Instant = field(name="to")
    location_id: UUID | None = None


class Taking(Answer, frozen=True, kw_only=True):
    """One way of paying in one currency; `netAmount` is what was taken less what was given back."""

    method: str
    currency: str
    payment_count: int
    taken_amount: Decimal
    refund_count: int
    given_back_amount: Decimal
    net_amount: Decimal


class Takings(Answer, frozen=True, kw_only=True):
    """What came in for stays, and went back, by currency and method."""

    items: Sequence[Taking]


class TakingsView(ApiView):
    """Sums of payments and refunds."""

    resource = "payments"

    @extend_schema(parameters=query_parameters(ReadTakings), responses=documented(Takings, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """The sums of a period; a refund counts when it was given."""
        query = read_query(request, ReadTakings)
        found = takings.sum_takings(since=query.since, until=query.until, location_id=query.location_id)
        return reply(Takings(items=[_taking(each) for each in found]))


def _taking(each: takings.Taking) -> Taking:
    return Taking(
        method=each.method,
        currency=each.currency,
        payment_count=each.payments,
        taken_amount=minor_to_decimal(each.taken, each.currency),
        refund_count=each.refunds,
        given_back_amount=minor_to_decimal(each.given_back, each.currency),
        net_amount=minor_to_decimal(each.net, each.currency),
    )
