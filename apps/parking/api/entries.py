"""/parking/entries: vehicles coming in, and finding stays."""

from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.parking.admission import EntryDetails
from apps.parking.commands import record_vehicle_entry
from apps.parking.queries import EntryFilter, get_entry, search_parking_entries
from apps.parking.queries.overstays import OverstayInfo, get_overstay
from apps.parking.queries.validation import EntryValidation, validate_entry
from apps.parking.stays import ParkingEntryAnswer

from .bodies import EntryPage, EntryQuery, NewEntry

_PAGING = ("cursor", "page_size")


class EntriesView(ApiView):
    resource = "entries"

    @extend_schema(
        summary="Find stays",
        parameters=query_parameters(EntryQuery),
        responses=documented(EntryPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, EntryQuery)
        wanted = EntryFilter(**{n: v for n, v in msgspec.structs.asdict(query).items() if n not in _PAGING})
        items, following = search_parking_entries(
            wanted=wanted, at=clock.now(), page_size=query.page_size, cursor=query.cursor
        )
        return reply(EntryPage(items=items, next_cursor=following))

    @extend_schema(
        summary="Record a vehicle coming in",
        request=NewEntry,
        responses={201: ParkingEntryAnswer, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        details = entry_details(read_body(request, NewEntry))
        recorded = record_vehicle_entry(entry=details, at=clock.now(), actor=actor_of(request))
        response = reply(recorded.stay.as_answer(tenancy.current().id), status=201)
        if recorded.replayed:
            response["Idempotent-Replay"] = "true"
        return response


class EntryValidationView(ApiView):
    resource = "entries"
    keeps_answers = False  # it writes nothing, and its answer is about now

    @extend_schema(
        summary="Say what recording an entry now would say",
        request=NewEntry,
        responses=documented(EntryValidation, 400, 401, 403, 404, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        details = entry_details(read_body(request, NewEntry))
        return reply(validate_entry(entry=details, at=clock.now()))


class EntryView(ApiView):
    resource = "entries"

    @extend_schema(summary="One stay", responses=documented(ParkingEntryAnswer, 401, 403, 404))
    def get(self, request: Request, entry_id: UUID) -> HttpResponse:
        return reply(get_entry(entry_id=entry_id))


class EntryOverstayView(ApiView):
    resource = "entries"

    @extend_schema(summary="Whether a stay lasts too long", responses=documented(OverstayInfo, 401, 403, 404))
    def get(self, request: Request, entry_id: UUID) -> HttpResponse:
        return reply(get_overstay(entry_id=entry_id, at=clock.now()))


def entry_details(body: NewEntry) -> EntryDetails:
    """The command's input from the wire's."""
    return EntryDetails(
        vehicle_number=body.vehicle_number,
        vehicle_type=body.vehicle_type,
        location_id=body.location_id,
        gate_id=body.gate_id,
        driver_name=body.driver_name,
        driver_phone=body.driver_phone,
        transport_name=body.transport_name,
        notes=body.notes,
        source=body.source,
        entry_time=body.entry_time,
        expected_exit_time=body.expected_exit_time,
        event_id=body.event_id,
        facts=body.facts or {},
    )
