"""/api/v1/billing/rates: price lists, their versions, and the one that applies."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import queries
from apps.billing.answers import RateStructure, rate_structure
from apps.billing.commands import rates as commands
from apps.billing.models import RateStatus
from apps.billing.places import find_place
from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented
from apps.core.api.paging import Page, decode_cursor, encode_cursor

from .bodies import ChangeRates, CreateRates, FindRate, ListRates, ReadRate, named_on_the_wire
from .versions import require_if_match

_ORDER = "rates:-id"


class RatePage(Page, frozen=True, kw_only=True):
    """A page of price lists."""

    items: tuple[RateStructure, ...]


class RatesView(ApiView):
    """The price lists."""

    resource = "rates"

    @extend_schema(
        operation_id="billing_rates_list",
        parameters=[ListRates],  # type: ignore[list-item]
        responses=documented(RatePage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """Versions that have not ended, newest first; `status=retired` gives those that have."""
        query = read_query(request, ListRates)
        at = clock.now()
        rates = queries.list_rates(
            at=at,
            vehicle_type=query.vehicle_type,
            location_id=query.location_id,
            status=RateStatus(query.status) if query.status else None,
        )
        if query.cursor:
            (last,) = decode_cursor(query.cursor, _ORDER, (UUID,))
            rates = rates.filter(id__lt=last)
        found = list(rates[: query.page_size + 1])
        shown = found[: query.page_size]
        more = encode_cursor(_ORDER, [shown[-1].id]) if len(found) > len(shown) else None
        return reply(RatePage(items=tuple(rate_structure(rate, at=at) for rate in shown), next_cursor=more))

    @extend_schema(
        request=CreateRates,
        responses={201: RateStructure, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a price list."""
        body = read_body(request, CreateRates)
        at = clock.now()
        rate = commands.create_rates(rates=body.new_rates(), actor=actor_of(request), at=at)
        answer = rate_structure(rate, at=at)
        return reply(answer, 201, ETag=etag(rate.version), Location=f"/api/v1/billing/rates/{rate.rate_id}")


class RateView(ApiView):
    """One price list."""

    resource = "rates"

    @extend_schema(
        parameters=[ReadRate],  # type: ignore[list-item]
        responses=documented(RateStructure, 401, 403, 404, 422),
    )
    def get(self, request: Request, rate_id: UUID) -> HttpResponse:
        """The latest version, or the one that is asked for."""
        query = read_query(request, ReadRate)
        rate = queries.get_rate(rate_id=rate_id, version=query.version)
        return reply(rate_structure(rate, at=clock.now()), ETag=etag(rate.version))

    @extend_schema(
        request=ChangeRates,
        responses=documented(RateStructure, 400, 401, 403, 404, 409, 412, 422, 428),
    )
    def patch(self, request: Request, rate_id: UUID) -> HttpResponse:
        """Replace it by a new version; `status` activates a draft, or retires. Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, ChangeRates)
        at = clock.now()
        if body.status == "retired":
            rate = commands.retire_rates(rate_id=rate_id, expected_version=expected, actor=actor_of(request), at=at)
        else:
            changes = body.changes()
            rate = named_on_the_wire(
                lambda: commands.update_parking_rates(
                    rate_id=rate_id,
                    expected_version=expected,
                    changes=changes,
                    actor=actor_of(request),
                    at=at,
                )
            )
        return reply(rate_structure(rate, at=at), ETag=etag(rate.version))


class ApplicableRateView(ApiView):
    """Which price list governs."""

    resource = "rates"

    @extend_schema(
        parameters=[FindRate],  # type: ignore[list-item]
        responses=documented(RateStructure, 401, 403, 404, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """The version that prices a stay entering at `at` (default now)."""
        query = read_query(request, FindRate)
        now = clock.now()
        find_place(vehicle_type=query.vehicle_type, location_id=query.location_id)
        rate = queries.get_applicable_rate(
            vehicle_type=query.vehicle_type, location_id=query.location_id, at=query.at or now
        )
        return reply(rate_structure(rate, at=now))
