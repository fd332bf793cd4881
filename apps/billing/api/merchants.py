"""/api/v1/billing/merchants and validations: who validates stays, and the stays that were."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.merchants import add_merchant, change_merchant
from apps.billing.commands.validations import undo_validation, validate_stay
from apps.billing.merchant_reports import get_merchant, get_merchant_month, list_merchants
from apps.billing.models import Merchant
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards

from .lender_bodies import (
    ListLenders,
    MerchantAnswer,
    MerchantChange,
    MerchantPage,
    MerchantReport,
    NewMerchant,
    NewValidation,
    ReadMonth,
    ValidationAnswer,
    merchant_answer,
    report_answer,
    validation_answer,
)
from .versions import require_if_match


class MerchantsView(ApiView):
    """The merchants."""

    resource = "discounts"

    @extend_schema(
        operation_id="billing_merchants_list",
        parameters=query_parameters(ListLenders),
        responses=documented(MerchantPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """By name."""
        query = read_query(request, ListLenders)
        found = list_merchants(active=query.active)
        page, following = page_upwards(found, query, order="merchants", by={"name": str, "id": UUID})
        return reply(MerchantPage(items=tuple(merchant_answer(each) for each in page), next_cursor=following))

    @extend_schema(request=NewMerchant, responses={201: MerchantAnswer, **documented(None, 400, 401, 403, 404, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Make a merchant."""
        body = read_body(request, NewMerchant)
        merchant = add_merchant(terms=body.terms(), location_id=body.location_id, actor=actor_of(request))
        place = f"/api/v1/billing/merchants/{merchant.id}"
        return reply(merchant_answer(merchant), 201, ETag=etag(merchant.version), Location=place)


class MerchantView(ApiView):
    """One merchant."""

    resource = "discounts"

    @extend_schema(responses=documented(MerchantAnswer, 401, 403, 404))
    def get(self, request: Request, merchant_id: UUID) -> HttpResponse:
        """A merchant."""
        return _shown(get_merchant(merchant_id=merchant_id))

    @extend_schema(request=MerchantChange, responses=documented(MerchantAnswer, 400, 401, 403, 404, 412, 422, 428))
    def patch(self, request: Request, merchant_id: UUID) -> HttpResponse:
        """Change it, or end it (`active`: false). Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, MerchantChange)
        return _shown(
            change_merchant(
                merchant_id=merchant_id, expected_version=expected, terms=body.terms(), actor=actor_of(request)
            )
        )


class MerchantReportView(ApiView):
    """What one merchant validated."""

    resource = "discounts"

    @extend_schema(parameters=query_parameters(ReadMonth), responses=documented(MerchantReport, 401, 403, 404, 422))
    def get(self, request: Request, merchant_id: UUID) -> HttpResponse:
        """In a month of the tenant's calendar."""
        month = read_query(request, ReadMonth).month
        at = clock.now()
        if month is not None:
            zone = ZoneInfo(tenancy.current().timezone)
            at = datetime(int(month[:4]) or 1, int(month[5:]), 2, tzinfo=zone)
        return reply(report_answer(get_merchant_month(merchant_id=merchant_id, at=at)))


class ValidationsView(ApiView):
    """Validations of stays."""

    resource = "validations"

    @extend_schema(
        request=NewValidation, responses={201: ValidationAnswer, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request) -> HttpResponse:
        """Validate an open stay for a merchant."""
        body = read_body(request, NewValidation)
        given = validate_stay(
            merchant_id=body.merchant_id,
            stay_id=body.entry_id,
            vehicle_number=body.vehicle_number,
            actor=actor_of(request),
            at=clock.now(),
        )
        return reply(validation_answer(given), 201)


class ValidationView(ApiView):
    """One validation."""

    resource = "validations"

    @extend_schema(responses=documented(ValidationAnswer, 401, 403, 404, 409))
    def delete(self, request: Request, validation_id: UUID) -> HttpResponse:
        """Take it back before the exit."""
        given = undo_validation(validation_id=validation_id, actor=actor_of(request), at=clock.now())
        return reply(validation_answer(given))


def _shown(merchant: Merchant) -> HttpResponse:
    return reply(merchant_answer(merchant), ETag=etag(merchant.version))
