"""/api/v1/billing/permits: season permits of customers."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.permits import add_permit, change_permit
from apps.billing.customer_queries import get_permit, list_permits
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards

from .permit_bodies import ListPermits, NewPermit, PermitAnswer, PermitChange, PermitPage, permit_answer
from .versions import require_if_match


class PermitsView(ApiView):
    """The season permits."""

    resource = "customers"

    @extend_schema(
        operation_id="billing_permits_list",
        parameters=query_parameters(ListPermits),
        responses=documented(PermitPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """Oldest first."""
        query = read_query(request, ListPermits)
        found = list_permits(customer_id=query.customer_id, active=query.active)
        page, following = page_upwards(found, query, order="permits", by={"id": UUID})
        return reply(PermitPage(items=tuple(permit_answer(each) for each in page), next_cursor=following))

    @extend_schema(request=NewPermit, responses={201: PermitAnswer, **documented(None, 400, 401, 403, 404, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Make a permit."""
        body = read_body(request, NewPermit)
        permit = add_permit(customer_id=body.customer_id, details=body.details(), actor=actor_of(request))
        place = f"/api/v1/billing/permits/{permit.id}"
        return reply(permit_answer(permit), 201, ETag=etag(permit.version), Location=place)


class PermitView(ApiView):
    """One permit."""

    resource = "customers"

    @extend_schema(responses=documented(PermitAnswer, 401, 403, 404))
    def get(self, request: Request, permit_id: UUID) -> HttpResponse:
        """A permit with its vehicles."""
        permit = get_permit(permit_id=permit_id)
        return reply(permit_answer(permit), ETag=etag(permit.version))

    @extend_schema(request=PermitChange, responses=documented(PermitAnswer, 400, 401, 403, 404, 412, 422, 428))
    def patch(self, request: Request, permit_id: UUID) -> HttpResponse:
        """Change it, or end it (`active`: false). Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, PermitChange)
        permit = change_permit(
            permit_id=permit_id, expected_version=expected, details=body.details(), actor=actor_of(request)
        )
        return reply(permit_answer(permit), ETag=etag(permit.version))
