"""/parking/locations, gates and vehicle types."""

from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag, read_if_match
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import PageQuery, page_upwards
from apps.parking.commands import LocationDetails, add_gate, add_vehicle_type, change_location, create_location
from apps.parking.models import Gate, Location, VehicleType
from apps.parking.queries import get_current_occupancy
from apps.parking.site_facts import LocationNotFound

from . import bodies


class LocationsView(ApiView):
    resource = "locations"

    @extend_schema(
        summary="The tenant's locations",
        parameters=query_parameters(PageQuery),
        responses=documented(bodies.LocationList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        places = Location.objects.select_related("occupancy")
        page, following = page_upwards(places, read_query(request, PageQuery), order="locations", by={"name": str})
        items = [location_answer(place) for place in page]
        return reply(bodies.LocationList(items=items, next_cursor=following, total=places.count()))

    @extend_schema(
        summary="Open a location",
        request=bodies.NewLocation,
        responses={201: bodies.LocationAnswer, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        details = _details(read_body(request, bodies.NewLocation))
        return _shown(create_location(details=details, at=clock.now(), actor=actor_of(request)), status=201)


class LocationView(ApiView):
    resource = "locations"

    @extend_schema(summary="One location", responses=documented(bodies.LocationAnswer, 401, 403, 404))
    def get(self, request: Request, location_id: UUID) -> HttpResponse:
        location = Location.objects.select_related("occupancy").filter(id=location_id).first()
        if location is None:
            raise LocationNotFound(f"There is no location {location_id} in this tenant.")
        return _shown(location)

    @extend_schema(
        summary="Change a location; If-Match guards against a lost update",
        request=bodies.LocationChange,
        responses=documented(bodies.LocationAnswer, 400, 401, 403, 404, 409, 412, 422),
    )
    def patch(self, request: Request, location_id: UUID) -> HttpResponse:
        changed = change_location(
            location_id=location_id,
            details=_details(read_body(request, bodies.LocationChange)),
            at=clock.now(),
            actor=actor_of(request),
            if_version=read_if_match(request),
        )
        return _shown(changed)


class AvailabilityView(ApiView):
    resource = "occupancy"

    @extend_schema(summary="Free places of a location", responses=documented(bodies.SpaceAvailability, 401, 403, 404))
    def get(self, request: Request, location_id: UUID) -> HttpResponse:
        now = clock.now()
        (place,) = get_current_occupancy(location_id=location_id, at=now).locations
        return reply(
            bodies.SpaceAvailability(
                location_id=location_id,
                total=place.total,
                occupied=place.occupied,
                reserved=0,
                available=place.available,
                by_vehicle_type=place.by_vehicle_type,
                as_of=now,
            )
        )


class GatesView(ApiView):
    resource = "locations"

    @extend_schema(
        summary="The tenant's gates",
        parameters=query_parameters(PageQuery),
        responses=documented(bodies.GateList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        gates, by = Gate.objects.select_related("location"), {"location__name": str, "name": str}
        page, following = page_upwards(gates, read_query(request, PageQuery), order="gates", by=by)
        return reply(bodies.GateList(items=[_gate(gate) for gate in page], next_cursor=following, total=gates.count()))

    @extend_schema(
        summary="Add a gate to a location",
        request=bodies.NewGate,
        responses={201: bodies.GateAnswer, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, bodies.NewGate)
        gate = add_gate(location_id=body.location_id, name=body.name, direction=body.direction)
        return reply(_gate(gate), status=201)


class VehicleTypesView(ApiView):
    resource = "vehicle-types"

    @extend_schema(
        summary="The tenant's vehicle types",
        parameters=query_parameters(PageQuery),
        responses=documented(bodies.VehicleTypeList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        kinds, by = VehicleType.objects.all(), {"rank": int, "code": str}
        page, following = page_upwards(kinds, read_query(request, PageQuery), order="vehicle-types", by=by)
        items = [bodies.VehicleTypeAnswer(code=kind.code, name=kind.name) for kind in page]
        return reply(bodies.VehicleTypeList(items=items, next_cursor=following, total=kinds.count()))

    @extend_schema(
        summary="Add a vehicle type",
        request=bodies.NewVehicleType,
        responses={201: bodies.VehicleTypeAnswer, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, bodies.NewVehicleType)
        kind = add_vehicle_type(code=body.code, name=body.name or body.code.replace("-", " ").capitalize())
        return reply(bodies.VehicleTypeAnswer(code=kind.code, name=kind.name), status=201)


def location_answer(location: Location) -> bodies.LocationAnswer:
    """A location with its places; needs `select_related("occupancy")`."""
    places = location.occupancy
    here = location.latitude is not None and location.longitude is not None
    return bodies.LocationAnswer(
        id=location.id,
        name=location.name,
        timezone=location.timezone,
        capacity=places.capacity,
        capacities=places.capacities,
        allow_overbooking=places.allow_overbooking,
        opening_hours=location.opening_hours,
        address=location.address,
        position=bodies.Position(latitude=location.latitude, longitude=location.longitude) if here else None,  # type: ignore[arg-type]
        allowed_stay_minutes=location.allowed_stay_minutes,
        payment_required=location.payment_required,
        shift_required=location.shift_required,
        version=places.config_version,
    )


def _shown(location: Location, status: int = 200) -> HttpResponse:
    answer = location_answer(location)
    return reply(answer, status=status, ETag=etag(answer.version))


def _details(body: bodies.NewLocation | bodies.LocationChange) -> LocationDetails:
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    if "position" in given:
        position = given.pop("position")
        given |= {"forget_position": True} if position is None else msgspec.structs.asdict(position)
    return LocationDetails(**given)


def _gate(gate: Gate) -> bodies.GateAnswer:
    return bodies.GateAnswer(id=gate.id, location_id=gate.location_id, name=gate.name, direction=gate.direction)
