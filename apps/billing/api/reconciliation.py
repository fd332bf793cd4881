"""/api/v1/billing/reconciliation: what a person has to look at."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.reconciling import Item, list_items
from apps.core.api import Answer, ApiView, reply
from apps.core.api.openapi import documented
from apps.core.money import minor_to_decimal


class ReconciliationItem(Answer, frozen=True, kw_only=True):
    """One thing to look at: `id` is that of the stay, refund or dispute; `amount` is null where nobody knows it."""

    kind: Literal["unpriced", "surplus", "failed_refund", "dispute"]
    id: UUID
    entry_id: UUID
    amount: Decimal | None
    currency: str
    reason: str
    since: datetime
    due_by: datetime | None


class Reconciliation(Answer, frozen=True, kw_only=True):
    """The newest 200 of each kind."""

    items: tuple[ReconciliationItem, ...]


class ReconciliationView(ApiView):
    """Money and prices that did not settle themselves."""

    resource = "payments"

    @extend_schema(responses=documented(Reconciliation, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """Stays without a price, surpluses, refunds that could not be sent, open disputes."""
        return reply(Reconciliation(items=tuple([_item(item) for item in list_items()])))


def _item(item: Item) -> ReconciliationItem:
    return ReconciliationItem(
        kind=item.kind,  # type: ignore[arg-type]  # one of the four
        id=item.id,
        entry_id=item.entry_id,
        amount=None if item.amount is None else minor_to_decimal(item.amount, item.currency),
        currency=item.currency,
        reason=item.reason,
        since=item.since,
        due_by=item.due_by,
    )
