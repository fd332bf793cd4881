"""/api/v1/billing/quotes: what a stay costs, or would cost."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import queries
from apps.billing.answers import FeeCalculation, fee_calculation
from apps.billing.commands.discount_codes import UnknownDiscountCode
from apps.billing.places import find_place
from apps.billing.pricing import NO_RATE
from apps.billing.stays import StayFacts, get_stay
from apps.billing.tariff import InvalidStay
from apps.core import clock
from apps.core.api import ApiView, read_body, reply
from apps.core.api.openapi import documented
from apps.core.errors import Conflict, FieldError, Invalid
from apps.core.ids import new_id

from .bodies import RequestQuote, utc

_HYPOTHETICAL = {
    "vehicle_type": "vehicleType",
    "location_id": "locationId",
    "entry_time": "entryTime",
    "exit_time": "exitTime",
    "allowed_until": "allowedUntil",
}
_FAULTS = {"earlier_visits": ("earlierVisits", "invalid_visits"), "paid_at": ("paidAt", "invalid_payments")}


class NoPrice(Conflict):
    code, title = NO_RATE, "No rate prices this stay"


class NotPriced(Conflict):
    code, title = "not_priced", "The plan has no price for this stay"


class QuotesView(ApiView):
    """Fees that are worked out and not recorded."""

    resource = "rates"
    actions = {"POST": "read"}

    @extend_schema(request=RequestQuote, responses=documented(FeeCalculation, 400, 401, 403, 404, 409, 422))
    def post(self, request: Request) -> HttpResponse:
        """The fee of a parked vehicle if it left now or at `exitTime`, of a past stay, or of a hypothetical one."""
        body = read_body(request, RequestQuote)
        at = clock.now()
        stay = _known_stay(body) if body.entry_id is not None else _hypothetical_stay(body)
        stay = _told_more(stay, body)
        if body.discount_codes:
            stay = _with_codes(stay, body.discount_codes, at=at)
        try:
            priced = queries.quote_stay(stay=stay, at=at)
        except InvalidStay as error:
            raise Invalid.field(*_FAULTS.get(error.field, ("exitTime", "exit_before_entry")), str(error)) from None
        if priced.fee is None:
            if priced.unpriced_reason != NO_RATE:
                raise NotPriced(priced.unpriced_detail, facts={"reason": priced.unpriced_reason})
            raise NoPrice("Make a rate for this vehicle type and location, in force when the stay begins.")
        return reply(fee_calculation(priced.fee, rate_id=priced.rate_id, rate_version=priced.rate_version))


def _known_stay(body: RequestQuote) -> StayFacts:
    superfluous = [
        name for field, name in _HYPOTHETICAL.items() if field != "exit_time" and getattr(body, field) is not None
    ]
    if superfluous:
        raise _wrong(superfluous, "superfluous", "With entryId, only exitTime may be given.")
    assert body.entry_id is not None
    stay = get_stay(body.entry_id)
    if body.exit_time is not None:
        stay = _ending(stay, body.exit_time)
    return stay


def _ending(stay: StayFacts, exit_time: datetime) -> StayFacts:
    return msgspec.structs.replace(stay, exit_at=exit_time.astimezone(UTC))


def _told_more(stay: StayFacts, body: RequestQuote) -> StayFacts:
    return msgspec.structs.replace(
        stay,
        facts={**stay.facts, **(body.facts or {})},
        earlier_visits=body.visits() or stay.earlier_visits,
        paid_at=tuple([at.astimezone(UTC) for at in body.paid_at]) or stay.paid_at,
    )


def _with_codes(stay: StayFacts, codes: tuple[str, ...], *, at: datetime) -> StayFacts:
    try:
        lent = queries.get_facts_of_codes(codes=codes, stay=stay, at=at)
    except UnknownDiscountCode as error:
        raise Invalid.field("discountCodes", error.code, error.detail) from None
    return msgspec.structs.replace(stay, facts={**stay.facts, **lent})


def _hypothetical_stay(body: RequestQuote) -> StayFacts:
    entry_at, exit_at = utc(body.entry_time), utc(body.exit_time)
    if body.vehicle_type is None or body.location_id is None or entry_at is None or exit_at is None:
        missing = [
            name for field, name in _HYPOTHETICAL.items() if field != "allowed_until" and getattr(body, field) is None
        ]
        raise _wrong(missing, "required", "Give entryId, or all of a hypothetical stay.")
    find_place(vehicle_type=body.vehicle_type, location_id=body.location_id)
    return StayFacts(
        stay_id=new_id(),
        location_id=body.location_id,
        vehicle_type=body.vehicle_type,
        entry_at=entry_at,
        exit_at=exit_at,
        allowed_until=utc(body.allowed_until),
    )


def _wrong(names: list[str], code: str, message: str) -> Invalid:
    return Invalid(message, errors=tuple(FieldError(name, code, message) for name in names))
