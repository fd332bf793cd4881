"""/parking/occupancy: how full the locations are."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core import clock
from apps.core.api import ApiView, read_query, reply
from apps.core.api.openapi import documented, query_parameters
from apps.core.errors import Invalid
from apps.parking.queries import OccupancySnapshot, get_past_occupancy
from apps.parking.queries.occupancy import get_current_occupancy_json

from .bodies import OccupancyQuery


class OccupancyView(ApiView):
    resource = "occupancy"

    @extend_schema(
        summary="How full the locations are, now or in the past",
        parameters=query_parameters(OccupancyQuery),
        responses=documented(OccupancySnapshot, 401, 403, 404, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, OccupancyQuery)
        now = clock.now()
        if query.at is None:
            answer = get_current_occupancy_json(location_id=query.location_id, at=now)
            return HttpResponse(answer, content_type="application/json")
        if query.at > now:
            raise Invalid.field("at", "in_future", "The past is known here; for the future see reports/predictions.")
        return reply(get_past_occupancy(location_id=query.location_id, at=query.at))
