"""/api/v1/billing/rates/{id}/simulate and simulations: what a price list would have brought in a past period."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

import msgspec
from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from kombu.exceptions import OperationalError
from rest_framework.request import Request

from apps.billing import queries, tasks
from apps.billing.commands.simulations import WantedSimulation, request_simulation
from apps.billing.models import SimulationStatus
from apps.core import clock
from apps.core.api import ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.bodies import Instant
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize, decode_cursor, encode_cursor

from .bodies import utc
from .simulation_answers import SimulationPage, TariffSimulationAnswer, tariff_simulation

_ORDER = "simulations:-id"


class SimulateRate(Body, frozen=True, kw_only=True):
    """The stays charged in [from, to): those that the rate is made for, unless a type (`*`: all) or place is named."""

    since: Instant = msgspec.field(name="from")
    to: Instant
    location_id: UUID | None = None
    vehicle_type: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None

    def wanted(self) -> WantedSimulation:
        """As the command takes it."""
        since, until = utc(self.since), utc(self.to)
        assert since is not None
        assert until is not None
        return WantedSimulation(since=since, until=until, vehicle_type=self.vehicle_type, location_id=self.location_id)


class ListSimulations(Body, frozen=True, kw_only=True):
    rate_id: UUID | None = None
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class SimulateRateView(ApiView):
    """The lab of one price list."""

    resource = "rates"

    @extend_schema(
        request=SimulateRate,
        responses={
            201: TariffSimulationAnswer,
            202: TariffSimulationAnswer,
            **documented(None, 400, 401, 403, 404, 409, 422),
        },
    )
    def post(self, request: Request, rate_id: UUID) -> HttpResponse:
        """Re-rate a past period: 201 with the result for a few stays, else 202; read it until it is done."""
        body = read_body(request, SimulateRate)
        simulation = request_simulation(rate_id=rate_id, wanted=body.wanted(), actor=actor_of(request), at=clock.now())
        running = simulation.status == SimulationStatus.RUNNING
        if running:
            transaction.on_commit(_set_to_work)
        address = f"/api/v1/billing/simulations/{simulation.id}"
        return reply(tariff_simulation(simulation), 202 if running else 201, Location=address)


class SimulationsView(ApiView):
    """Simulations of the last 30 days."""

    resource = "rates"

    @extend_schema(parameters=query_parameters(ListSimulations), responses=documented(SimulationPage, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """Newest first."""
        query = read_query(request, ListSimulations)
        found = queries.list_simulations(rate_id=query.rate_id)
        if query.cursor:
            (last,) = decode_cursor(query.cursor, _ORDER, (UUID,))
            found = found.filter(id__lt=last)
        rows = list(found[: query.page_size + 1])
        shown = rows[: query.page_size]
        more = encode_cursor(_ORDER, [shown[-1].id]) if len(rows) > len(shown) else None
        return reply(SimulationPage(items=tuple(map(tariff_simulation, shown)), next_cursor=more))


class SimulationView(ApiView):
    """One simulation."""

    resource = "rates"

    @extend_schema(responses=documented(TariffSimulationAnswer, 401, 403, 404))
    def get(self, request: Request, simulation_id: UUID) -> HttpResponse:
        """How far it is, and what was found."""
        return reply(tariff_simulation(queries.get_simulation(simulation_id=simulation_id)))


def _set_to_work() -> None:
    with suppress(OperationalError):  # without the queue it is taken up by the next look at what waits
        tasks.simulate.delay()
