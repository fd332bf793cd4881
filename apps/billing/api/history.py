"""/api/v1/billing/history: what was charged, paid and given back."""

from decimal import Decimal
from typing import Annotated

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.history import GroupBy, HistoryRow, get_billing_history
from apps.billing.periods import read_span
from apps.core.api import Answer, ApiView, Body, read_query, reply
from apps.core.api.openapi import documented, query_parameters
from apps.core.money import minor_to_decimal

Moment = Annotated[str, msgspec.Meta(min_length=10, max_length=40)]


class AskHistory(Body, frozen=True, kw_only=True):
    """A half-open time: local dates of the tenant, or timestamps with their offset."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")
    group_by: GroupBy = "day"


class BillingHistoryGroup(Answer, frozen=True, kw_only=True):
    """The sums of one period, named by its first day, or of one location, vehicle type, method or customer."""

    key: str
    currency: str
    charged: Decimal
    discounts: Decimal
    tax: Decimal
    paid: Decimal
    refunded: Decimal
    outstanding: Decimal
    stays: int


class BillingHistory(Answer, frozen=True, kw_only=True):
    """Billing over a time, by groups in order; groups in which nothing happened are left out.

    `paid` is less what was voided or paid too much and given back; `outstanding` is below zero where too much is paid.
    `totals` are by currency, under the key "".
    """

    group_by: str
    groups: tuple[BillingHistoryGroup, ...]
    totals: tuple[BillingHistoryGroup, ...]


class HistoryView(ApiView):
    """Billing over a time."""

    resource = "reports"

    @extend_schema(parameters=query_parameters(AskHistory), responses=documented(BillingHistory, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """By day, week, month, location, vehicle type, method or customer."""
        query = read_query(request, AskHistory)
        rows = get_billing_history(span=read_span(since=query.since, until=query.until), group_by=query.group_by)
        answer = BillingHistory(
            group_by=query.group_by,
            groups=tuple(_group(row) for row in rows),
            totals=tuple(_group(_total(currency, rows)) for currency in sorted({row.currency for row in rows})),
        )
        return reply(answer)


_AMOUNTS = ("charged", "discounts", "tax", "paid", "refunded", "outstanding")


def _total(currency: str, rows: list[HistoryRow]) -> HistoryRow:
    same = [row for row in rows if row.currency == currency]
    return HistoryRow("", currency, *(sum(getattr(row, name) for row in same) for name in (*_AMOUNTS, "stays")))


def _group(row: HistoryRow) -> BillingHistoryGroup:
    amounts = {name: minor_to_decimal(getattr(row, name), row.currency) for name in _AMOUNTS}
    return BillingHistoryGroup(key=row.key, currency=row.currency, stays=row.stays, **amounts)
