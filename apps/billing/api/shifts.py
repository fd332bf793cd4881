"""/api/v1/billing/shifts: cash shifts, from the float to the count."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.billing.commands import shifts as commands
from apps.billing.documents.shift_report import print_shift
from apps.billing.models import IncidentCause, MovementKind, ShiftStatus
from apps.billing.shifts import queries
from apps.billing.shifts.answers import (
    IncidentRecord,
    MovementRecord,
    RecountRecord,
    ShiftDetail,
    ShiftRecord,
    WaitingDrawers,
)
from apps.billing.shifts.drawers import list_waiting
from apps.billing.shifts.showing import (
    incident_record,
    movement_record,
    recount_record,
    shift_detail,
    shift_record,
    waiting_drawer,
)
from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.api.paging import Page, decode_cursor, encode_cursor

from .shift_bodies import CloseShift, ListShifts, MoveCash, OpenShift, PrintShift, Recount, ReportIncident

_ORDER = "shifts:-id"


class ShiftPage(Page, frozen=True, kw_only=True):
    """A page of shifts."""

    items: tuple[ShiftRecord, ...]


class ShiftsView(ApiView):
    """Cash shifts: one's own, or everybody's with `shift-counts:read`."""

    resource = "shifts"

    @extend_schema(
        operation_id="billing_shifts_list",
        parameters=[ListShifts],  # type: ignore[list-item]
        responses=documented(ShiftPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """The shifts that one may see, the newest first."""
        query, actor = read_query(request, ListShifts), actor_of(request)
        shifts = queries.list_shifts(
            actor=actor,
            status=ShiftStatus(query.status) if query.status else None,
            location_id=query.location_id,
            cashier_id=actor.id if query.mine else query.cashier_id,
            opened_from=query.since,
            opened_to=query.to,
        )
        if query.cursor:
            (last,) = decode_cursor(query.cursor, _ORDER, (UUID,))
            shifts = shifts.filter(id__lt=last)
        found = list(shifts[: query.page_size + 1])
        shown = found[: query.page_size]
        more = encode_cursor(_ORDER, [shown[-1].id]) if len(found) > len(shown) else None
        return reply(ShiftPage(items=tuple(shift_record(shift) for shift in shown), next_cursor=more))

    @extend_schema(request=OpenShift, responses={201: ShiftDetail, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Begin at a drawer, with a float or with what was handed over."""
        body, actor, at = read_body(request, OpenShift), actor_of(request), clock.now()
        if anew := body.anew():
            location_id, drawer, opening_float = anew
            shift = commands.open_shift(
                location_id=location_id, drawer=drawer, opening_float=opening_float, actor=actor, at=at
            )
        else:
            assert body.from_shift_id is not None
            shift = commands.take_over_shift(from_shift_id=body.from_shift_id, actor=actor, at=at)
        return reply(shift_detail(shift, actor=actor), 201, Location=f"/api/v1/billing/shifts/{shift.id}")


class WaitingDrawersView(ApiView):
    """Drawers that were handed over."""

    resource = "shifts"

    @extend_schema(responses=documented(WaitingDrawers, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """The drawers that wait for who takes them."""
        return reply(WaitingDrawers(items=tuple(waiting_drawer(shift) for shift in list_waiting())))


class ShiftView(ApiView):
    """One shift."""

    resource = "shifts"

    @extend_schema(responses=documented(ShiftDetail, 401, 403, 404))
    def get(self, request: Request, shift_id: UUID) -> HttpResponse:
        """A shift with its payments and movements; its sums once it is counted, or to who looks after counts."""
        actor = actor_of(request)
        return reply(shift_detail(queries.get_shift(shift_id=shift_id, actor=actor), actor=actor))


class ShiftPdfView(ApiView):
    """One shift on paper."""

    resource = "shifts"

    @extend_schema(
        parameters=[PrintShift],  # type: ignore[list-item]
        responses={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY),
            **documented(None, 401, 403, 404, 409, 422),
        },
    )
    def get(self, request: Request, shift_id: UUID) -> HttpResponse:
        """The report of a counted shift as PDF."""
        query = read_query(request, PrintShift)
        shift = queries.get_shift(shift_id=shift_id, actor=actor_of(request))
        name = f'inline; filename="shift-{shift.id}.pdf"'
        pdf = print_shift(shift, language=query.language)
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": name})


class ShiftMovementsView(ApiView):
    """Cash carried in and out."""

    resource = "shifts"

    @extend_schema(request=MoveCash, responses={201: MovementRecord, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, shift_id: UUID) -> HttpResponse:
        """Carry cash into one's own drawer or out of it."""
        body = read_body(request, MoveCash)
        moved = commands.move_cash(
            shift_id=shift_id,
            kind=MovementKind(body.kind),
            amount=body.amount,
            reason=body.reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        return reply(movement_record(moved, moved.shift), 201)


class ShiftIncidentsView(ApiView):
    """Lost tickets and barriers opened by hand."""

    resource = "shifts"

    @extend_schema(
        request=ReportIncident, responses={201: IncidentRecord, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request, shift_id: UUID) -> HttpResponse:
        """Report what may explain one's own count."""
        body = read_body(request, ReportIncident)
        incident = commands.report_incident(
            shift_id=shift_id,
            cause=IncidentCause(body.cause),
            stay_id=body.entry_id,
            gate=body.gate,
            reason=body.reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        return reply(incident_record(incident), 201)


class ShiftCloseView(ApiView):
    """The blind count."""

    resource = "shifts"

    @extend_schema(request=CloseShift, responses=documented(ShiftDetail, 400, 401, 403, 404, 409, 422))
    def post(self, request: Request, shift_id: UUID) -> HttpResponse:
        """Close a shift by what was counted, or hand its drawer over; the answer tells what was expected."""
        body, actor = read_body(request, CloseShift), actor_of(request)
        shift = commands.count_shift(
            shift_id=shift_id, count=body.count(), hand_over=body.hand_over, actor=actor, at=clock.now()
        )
        return reply(shift_detail(shift, actor=actor))


class ShiftRecountsView(ApiView):
    """Counts put right."""

    resource = "shift-counts"

    @extend_schema(request=Recount, responses={201: RecountRecord, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, shift_id: UUID) -> HttpResponse:
        """Count somebody else's closed shift again; the same sum confirms it."""
        body = read_body(request, Recount)
        recount = commands.recount_shift(
            shift_id=shift_id, count=body.count(), reason=body.reason, actor=actor_of(request), at=clock.now()
        )
        return reply(recount_record(recount, recount.shift), 201)
