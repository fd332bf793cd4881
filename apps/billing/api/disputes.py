"""/api/v1/billing/disputes: chargebacks, and the evidence against them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import models
from apps.billing.evidence import get_evidence
from apps.core.api import Answer, ApiView, read_query, reply
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import Page, PageQuery, page_newest
from apps.core.money import minor_to_decimal

from .files import file_reply


class Dispute(Answer, frozen=True, kw_only=True):
    """A chargeback; `status` is the provider's word, `feeAmount` what it cost beside the amount."""

    id: UUID
    payment_id: UUID
    entry_id: UUID
    amount: Decimal
    fee_amount: Decimal
    currency: str
    reason: str
    status: str
    is_over: bool
    due_by: datetime | None
    opened_at: datetime


class DisputePage(Page, frozen=True, kw_only=True):
    """A page of disputes, the newest first."""

    items: Sequence[Dispute]


class DisputesView(ApiView):
    """Chargebacks of the present tenant."""

    resource = "payments"

    @extend_schema(parameters=query_parameters(PageQuery), responses=documented(DisputePage, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """All disputes, the newest first."""
        query = read_query(request, PageQuery)
        found = models.Dispute.objects.select_related("payment")
        page, following = page_newest(found, cursor=query.cursor, page_size=query.page_size, order="disputes:-id")
        return reply(DisputePage(items=[_dispute(dispute) for dispute in page], next_cursor=following))


class EvidenceView(ApiView):
    """What speaks for one payment."""

    resource = "payments"

    @extend_schema(
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **documented(None, 401, 403, 404)},
    )
    def get(self, request: Request, dispute_id: UUID) -> HttpResponse:
        """Times, plan, fee and its recomputation, events and corrections, payments and receipts, as one file."""
        return file_reply(get_evidence(dispute_id=dispute_id), "application/zip", f"evidence-{dispute_id}.zip")


def _dispute(dispute: models.Dispute) -> Dispute:
    return Dispute(
        id=dispute.id,
        payment_id=dispute.payment_id,
        entry_id=dispute.payment.stay_id,
        amount=minor_to_decimal(dispute.amount, dispute.currency),
        fee_amount=minor_to_decimal(dispute.fee - dispute.fee_returned, dispute.currency),
        currency=dispute.currency,
        reason=dispute.reason,
        status=dispute.status,
        is_over=dispute.is_over,
        due_by=dispute.due_by,
        opened_at=dispute.opened_at,
    )
