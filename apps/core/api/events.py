"""/events: what happened, as it is stored; and telling it again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core.errors import Invalid
from apps.core.events import Envelope, replay
from apps.core.events.store import FIRST, Place, get_events, read_page

from .bodies import Body, Instant, read_body, read_query
from .openapi import documented, query_parameters
from .paging import Page, PageQuery, decode_cursor, encode_cursor
from .replies import Answer, reply
from .views import ApiView

Version = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
TransactionId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}\Z")]
LAST_POSITION = 2**63 - 1
Position = Annotated[int, msgspec.Meta(ge=0, le=LAST_POSITION)]


class EventsQuery(PageQuery, frozen=True, kw_only=True):
    """GET events: either of one aggregate, or of one type."""

    aggregate_id: UUID | None = None
    from_version: Version | None = None
    type: str | None = None
    since: Instant | None = msgspec.field(name="from", default=None)


class EventAnswer(Answer, frozen=True, kw_only=True):
    """An event as it is told to the outside; `version` counts its aggregate's events from 1."""

    id: UUID
    type: str
    version: int
    timestamp: datetime
    tenant_id: UUID
    aggregate_type: str
    aggregate_id: UUID
    data: dict[str, Any]
    metadata: dict[str, Any]


class EventList(Page, frozen=True, kw_only=True):
    items: Sequence[EventAnswer]


class Replay(Body, frozen=True, kw_only=True):
    """POST events/replay. Without `subscription` it goes to all that may hear these events again."""

    type: str
    since: Instant = msgspec.field(name="from")
    subscription: str | None = None


class Replayed(Answer, frozen=True, kw_only=True):
    """How many deliveries were put down; the relay makes them."""

    deliveries: int


class EventsView(ApiView):
    resource = "events"

    @extend_schema(
        summary="What happened to one aggregate from a version on, or all of one type since an instant",
        parameters=query_parameters(EventsQuery),
        responses=documented(EventList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, EventsQuery)
        if (query.aggregate_id is None) == (query.type is None):
            raise Invalid.field("aggregateId", "required", "Ask either by aggregateId or by type.")
        if query.aggregate_id is not None:
            return reply(_of_aggregate(query.aggregate_id, query))
        return reply(_of_type(query))


class ReplayView(ApiView):
    resource = "events"

    @extend_schema(
        summary="Have stored events delivered again to the feeds that may hear them again",
        request=Replay,
        responses={202: Replayed, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, Replay)
        return reply(Replayed(deliveries=replay(body.type, body.since, subscription=body.subscription)), status=202)


def _of_aggregate(aggregate_id: UUID, query: EventsQuery) -> EventList:
    if query.since is not None:
        raise Invalid.field("from", "invalid", "An aggregate's events are asked for by fromVersion.")
    first = query.from_version or 1
    if query.cursor:
        (last,) = decode_cursor(query.cursor, "aggregate", (Position,))
        first = max(first, min(last + 1, LAST_POSITION))
    found = get_events(aggregate_id, first, limit=query.page_size + 1)
    page = found[: query.page_size]
    following = encode_cursor("aggregate", [page[-1].version]) if len(found) > len(page) else None
    return EventList(items=[told(event) for event in page], next_cursor=following)


def _of_type(query: EventsQuery) -> EventList:
    if query.from_version is not None:
        raise Invalid.field("fromVersion", "invalid", "A type's events are asked for by from, an instant.")
    after = FIRST
    if query.cursor:
        tx_id, position = decode_cursor(query.cursor, "type", (TransactionId, Position))
        after = Place(tx_id=tx_id, position=position)
    page, place = read_page(type=query.type, from_timestamp=query.since, after=after, limit=query.page_size)
    following = None if place is None else encode_cursor("type", [place.tx_id, place.position])
    return EventList(items=[told(event) for event in page], next_cursor=following)


def told(event: Envelope) -> EventAnswer:
    """An event as the outside gets it, here and from Kafka. Raises UnknownEvent for what newer code wrote."""
    return EventAnswer(
        id=event.id,
        type=event.type,
        version=event.version,
        timestamp=event.occurred_at,
        tenant_id=event.tenant.id,
        aggregate_type=event.aggregate_type,
        aggregate_id=event.aggregate_id,
        data=event.data,
        metadata=event.metadata,
    )
