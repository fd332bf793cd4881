"""/parking/personal-data: what is kept of a person, erasing it, and how long it is kept."""

from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core import audit, clock
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.errors import Invalid
from apps.parking.personal_data.erasing import erase_personal_data
from apps.parking.personal_data.exporting import PersonalData, export_person, export_user
from apps.parking.personal_data.persons import Person
from apps.parking.personal_data.retention import get_retention_days, set_retention_days

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PersonQuery(Body, frozen=True, kw_only=True):
    """GET parking/personal-data: exactly one of these."""

    vehicle_number: Word | None = None
    driver_phone: Word | None = None
    driver_name: Word | None = None
    user_id: UUID | None = None
    customer_id: UUID | None = None


class Erasure(Body, frozen=True, kw_only=True):
    """POST parking/personal-data/erasures: one of those that name a person, and the request's number in your files."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    vehicle_number: Word | None = None
    driver_phone: Word | None = None
    driver_name: Word | None = None
    entry_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=5000)] | None = None
    customer_id: UUID | None = None


class ErasedAnswer(Answer, frozen=True, kw_only=True):
    """What was erased: so many stays, the personal fields of so many events, so many accounts and permits."""

    id: UUID
    stays: int
    events: int
    accounts: int


class Retention(Body, frozen=True, kw_only=True):
    """Days after an exit; null keeps persons for ever."""

    retention_days: int | None


class PersonalDataView(ApiView):
    resource = "personal-data"

    @extend_schema(
        summary="All that is kept of one person; the look is put into the audit trail",
        parameters=query_parameters(PersonQuery),
        responses=documented(PersonalData, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, PersonQuery)
        given = [name for name in query.__struct_fields__ if getattr(query, name) is not None]
        if len(given) != 1:
            raise Invalid.field(
                "vehicleNumber", "one_of", "Name one of vehicleNumber, driverPhone, driverName, userId, customerId."
            )
        found = export_user(query.user_id) if query.user_id else export_person(_person(query))
        subject = audit.Subject("person", query.user_id or "")
        told = {"by": given[0], "entryIds": [stay.entry.id for stay in found.stays]}
        audit.record_read("personal_data.exported", subject, actor=actor_of(request), after=told)
        return reply(found, Cache_Control="no-store")


class ErasuresView(ApiView):
    resource = "personal-data"

    @extend_schema(
        summary="Erase what is kept of a person; fees, receipts and counts stay",
        request=Erasure,
        responses={201: ErasedAnswer, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Refused while a vehicle of the person is parked (`stay_open`) or a fee is not settled (`fee_unsettled`).

        A `vehicleNumber` goes off accounts and permits too. A `customerId` erases what its account keeps of it; refused
        while that is in use (`account_open`) or not settled (`account_unsettled`).
        """
        body = read_body(request, Erasure)
        ids = tuple(body.entry_ids) if body.entry_ids is not None else None
        erased = erase_personal_data(
            person=msgspec.structs.replace(_person(body), entry_ids=ids),
            reference=body.reference,
            at=clock.now(),
            actor=actor_of(request),
        )
        return reply(ErasedAnswer(**msgspec.structs.asdict(erased)), 201)


class RetentionView(ApiView):
    resource = "personal-data"

    @extend_schema(summary="How long persons are kept", responses=documented(Retention, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        return reply(Retention(retention_days=get_retention_days()))

    @extend_schema(
        summary="Keep persons for so many days after their exits; null for ever",
        request=Retention,
        responses=documented(Retention, 400, 401, 403, 422),
    )
    def put(self, request: Request) -> HttpResponse:
        """Erasing begins within the hour, and is final."""
        body = read_body(request, Retention)
        set_retention_days(days=body.retention_days, actor=actor_of(request))
        return reply(body)


def _person(given: PersonQuery | Erasure) -> Person:
    return Person(
        vehicle_number=given.vehicle_number,
        driver_phone=given.driver_phone,
        driver_name=given.driver_name,
        customer_id=given.customer_id,
    )
