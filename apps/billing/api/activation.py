"""/api/v1/billing/rates/{id}/activate: a draft is put into force."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from apps.billing.answers import RateStructure, rate_structure
from apps.billing.commands.activation import activate_rates
from apps.core import clock
from apps.core.api import ApiView, Body, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.bodies import Instant
from apps.core.api.etags import etag
from apps.core.api.openapi import documented

from .bodies import utc
from .versions import require_if_match

_VERSION = OpenApiParameter(
    "If-Match", str, "header", description="the ETag of the draft that was read; another one is refused by 412"
)


class ActivateRate(Body, frozen=True, kw_only=True):
    """When it comes into force (null: at once), and whether what is in force until then ends at that moment."""

    effective_date: Instant | None = None
    replace: bool = False


class ActivateRateView(ApiView):
    """A draft's way into force."""

    resource = "rates"

    @extend_schema(
        request=ActivateRate,
        parameters=[_VERSION],
        responses=documented(RateStructure, 400, 401, 403, 404, 409, 412, 422, 428),
    )
    def post(self, request: Request, rate_id: UUID) -> HttpResponse:
        """Put a draft into force, in the place of the present rate if `replace`. Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, ActivateRate)
        at = clock.now()
        rate = activate_rates(
            rate_id=rate_id,
            expected_version=expected,
            starts_at=utc(body.effective_date),
            replacing=body.replace,
            actor=actor_of(request),
            at=at,
        )
        return reply(rate_structure(rate, at=at), ETag=etag(rate.version))
