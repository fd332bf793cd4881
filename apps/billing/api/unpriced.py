"""/api/v1/billing/reconciliation/unpriced: stays that left without a price, and settling them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import Meta
from rest_framework.request import Request

from apps.billing.answers import FeeCalculation, stored_fee_calculation
from apps.billing.reconciliation.items import After, Item, unpriced
from apps.billing.reconciliation.settling import Stated, settle_stay
from apps.core import clock
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.bodies import Instant
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import DEFAULT_PAGE_SIZE, Page, PageSize, decode_cursor, encode_cursor
from apps.core.errors import Invalid
from apps.core.money import minor_to_decimal

_ORDER = "unpriced"


class ListUnpriced(Body, frozen=True, kw_only=True):
    """A page of them, the oldest first."""

    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class SettleStay(Body, frozen=True, kw_only=True):
    """Either an `amount` with tax in it (and the tax rate, else that of the price list in force), or a rate."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    amount: Decimal | None = None
    tax_rate: Decimal | None = None
    rate_id: UUID | None = None

    def by(self) -> Stated | UUID:
        """As the command takes it. Raises Invalid."""
        if self.amount is not None and self.rate_id is None:
            return Stated(amount=self.amount, tax_rate=self.tax_rate)
        if self.rate_id is not None and self.amount is None and self.tax_rate is None:
            return self.rate_id
        raise Invalid.field("amount", "one_of_two", "Give an amount, or a rate that prices the stay.")


class UnpricedStay(Answer, frozen=True, kw_only=True):
    """A stay without a price, and the reason. Instants are UTC, to be shown in `timezone`."""

    kind: str
    id: UUID
    at: datetime
    reason: str
    entry_id: UUID | None
    vehicle_number: str
    vehicle_type: str
    location_id: UUID | None
    location: str
    timezone: str
    entry_time: datetime | None
    exit_time: datetime | None
    amount: Decimal | None
    currency: str


class UnpricedStayList(Page, frozen=True, kw_only=True):
    """A page of stays, the oldest first."""

    items: Sequence[UnpricedStay]


class UnpricedStaysView(ApiView):
    """Stays that left without a price."""

    resource = "reconciliation"

    @extend_schema(parameters=query_parameters(ListUnpriced), responses=documented(UnpricedStayList, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """With the reason of each; the oldest first."""
        query = read_query(request, ListUnpriced)
        after: After = None
        if query.cursor:
            at, last = decode_cursor(query.cursor, _ORDER, (Instant, UUID))
            after = at, last
        found = unpriced(after, query.page_size + 1)
        page = found[: query.page_size]
        following = encode_cursor(_ORDER, [page[-1].at, page[-1].id]) if len(found) > len(page) else None
        return reply(UnpricedStayList(items=[_item(one) for one in page], next_cursor=following))


class SettleView(ApiView):
    """The fee of one stay that left without a price."""

    resource = "reconciliation"

    @extend_schema(
        request=SettleStay, responses={201: FeeCalculation, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request, entry_id: UUID) -> HttpResponse:
        """Settle it, once; the fee is then due like any other."""
        body = read_body(request, SettleStay)
        fee = settle_stay(stay_id=entry_id, by=body.by(), reason=body.reason, actor=actor_of(request), at=clock.now())
        return reply(stored_fee_calculation(fee), 201)


def _item(one: Item) -> UnpricedStay:
    return UnpricedStay(
        kind=one.kind,
        id=one.id,
        at=one.at,
        reason=one.reason,
        entry_id=one.stay_id,
        vehicle_number=one.vehicle_number,
        vehicle_type=one.vehicle_type,
        location_id=one.location_id,
        location=one.location,
        timezone=one.timezone,
        entry_time=one.entry_at,
        exit_time=one.exit_at,
        amount=None if one.amount is None else minor_to_decimal(one.amount, one.currency),
        currency=one.currency,
    )
