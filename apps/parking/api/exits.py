"""/parking/exits: vehicles going out."""

from decimal import Decimal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.public import ChargedStay, TakePayment
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.money import minor_to_decimal
from apps.parking.commands import ExitDetails, RecordedExit, record_vehicle_exit
from apps.parking.commands.exits import duration_minutes

from .bodies import NewExit, ParkingExit


class ExitsView(ApiView):
    resource = "exits"

    @extend_schema(
        summary="Record a vehicle going out, with its fee and its payment",
        request=NewExit,
        responses={201: ParkingExit, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, NewExit)
        recorded = record_vehicle_exit(exit=exit_details(body), at=clock.now(), actor=actor_of(request))
        response = reply(as_answer(recorded), status=201)
        if recorded.replayed:
            response["Idempotent-Replay"] = "true"
        return response


def exit_details(body: NewExit) -> ExitDetails:
    """The command's input from the wire's."""
    paid = body.payment
    return ExitDetails(
        vehicle_number=body.vehicle_number,
        entry_id=body.entry_id,
        location_id=body.location_id,
        gate_id=body.gate_id,
        exit_time=body.exit_time,
        payment=TakePayment(**msgspec.structs.asdict(paid)) if paid else None,
        event_id=body.event_id,
        facts=body.facts or {},
    )


def as_answer(recorded: RecordedExit) -> ParkingExit:
    """API.md's `ParkingExit`."""
    stay, charge = recorded.stay, recorded.charge
    assert stay.exit_time is not None
    return ParkingExit(
        entry=stay.as_answer(tenancy.current().id),
        duration_minutes=duration_minutes(stay.entry_time, stay.exit_time),
        fee=charge.fee,
        unpriced_reason=charge.unpriced_reason or None,
        payment=charge.payment,
        paid_before=_amount(charge.paid_before, charge),
        due_amount=None if charge.due is None else _amount(charge.due, charge),
        refundable_amount=None if charge.refundable is None else _amount(charge.refundable, charge),
    )


def _amount(minor: int, charge: ChargedStay) -> Decimal:
    return minor_to_decimal(minor, charge.currency)
