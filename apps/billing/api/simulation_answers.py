"""Simulations as the API shows them. Amounts are exact decimals of `currency`, days those of the tenant's calendar."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from apps.billing import models
from apps.billing.lab.tally import Affected, Outcome, Refused, Sums
from apps.billing.models.simulations import EVERY_TYPE, SimulationStatus
from apps.core import tenancy
from apps.core.api import Answer
from apps.core.api.paging import Page
from apps.core.money import minor_to_decimal


class RevenueChange(Answer, frozen=True, kw_only=True):
    """What stays cost when they were charged, and what they would have cost."""

    stays: int
    before: Decimal
    after: Decimal
    change: Decimal


class LocationChange(RevenueChange, frozen=True, kw_only=True):
    location_id: UUID


class VehicleTypeChange(RevenueChange, frozen=True, kw_only=True):
    vehicle_type: str


class DayChange(RevenueChange, frozen=True, kw_only=True):
    """A local day on which the stays were charged."""

    date: date


class AffectedStay(Answer, frozen=True, kw_only=True):
    entry_id: UUID
    location_id: UUID
    vehicle_type: str
    entry_time: datetime
    exit_time: datetime
    before: Decimal
    after: Decimal
    change: Decimal


class UnpriceableStays(Answer, frozen=True, kw_only=True):
    """Stays that the list could not price, for one reason: what they cost, and a few of them."""

    reason: str
    detail: str
    stays: int
    before: Decimal
    entry_ids: tuple[UUID, ...]


class SimulationResult(Answer, frozen=True, kw_only=True):
    """`total` and the groups count what the list prices; `unpriceable` is besides them.

    `newly_priced` (also in `total`, with `before` 0) had no price when they were charged.
    """

    currency: str
    total: RevenueChange
    dearer_stays: int
    cheaper_stays: int
    newly_priced: RevenueChange
    by_location: tuple[LocationChange, ...]
    by_vehicle_type: tuple[VehicleTypeChange, ...]
    by_day: tuple[DayChange, ...]
    most_dearer: tuple[AffectedStay, ...]
    most_cheaper: tuple[AffectedStay, ...]
    unpriceable: tuple[UnpriceableStays, ...]


class SimulationProgress(Answer, frozen=True, kw_only=True):
    stays: int
    counted: int
    percent: int


class TariffSimulationAnswer(Answer, frozen=True, kw_only=True):
    """A past period's stays re-rated: `status` is running, done (with a `result`) or failed (with a `failure`).

    `vehicle_type` null stands for all types; `location_id` null for all locations without a rate of their own.
    """

    id: UUID
    rate_id: UUID
    rate_version: int
    plan_hash: str
    since: datetime = msgspec.field(name="from")
    to: datetime
    location_id: UUID | None
    vehicle_type: str | None
    status: str
    progress: SimulationProgress
    result: SimulationResult | None
    failure: str | None
    requested_by: UUID | None
    requested_by_name: str
    requested_at: datetime
    ended_at: datetime | None


class SimulationPage(Page, frozen=True, kw_only=True):
    """A page of simulations."""

    items: tuple[TariffSimulationAnswer, ...]


def tariff_simulation(simulation: models.TariffSimulation) -> TariffSimulationAnswer:
    """A simulation as the API shows it."""
    done = simulation.status == SimulationStatus.DONE
    counted, stays = simulation.counted, simulation.stays
    return TariffSimulationAnswer(
        id=simulation.id,
        rate_id=simulation.rate_id,
        rate_version=simulation.rate_version,
        plan_hash=simulation.plan_hash,
        since=simulation.since,
        to=simulation.until,
        location_id=simulation.location_id,
        vehicle_type=None if simulation.vehicle_type == EVERY_TYPE else simulation.vehicle_type,
        status=simulation.status,
        progress=SimulationProgress(
            stays=stays, counted=counted, percent=100 if done else min(99, 100 * counted // max(1, stays))
        ),
        result=_result(msgspec.convert(simulation.outcome, Outcome)) if done else None,
        failure=simulation.failure or None,
        requested_by=simulation.requested_by,
        requested_by_name=simulation.requested_by_name,
        requested_at=simulation.requested_at,
        ended_at=simulation.ended_at,
    )


def _result(outcome: Outcome) -> SimulationResult:
    return SimulationResult(
        currency=tenancy.current().currency,
        total=RevenueChange(**_amounts(outcome.total)),
        dearer_stays=outcome.dearer,
        cheaper_stays=outcome.cheaper,
        newly_priced=RevenueChange(**_amounts(outcome.newly_priced)),
        by_location=tuple(LocationChange(location_id=UUID(id), **_amounts(sums)) for id, sums in outcome.by_location),
        by_vehicle_type=tuple(
            VehicleTypeChange(vehicle_type=code, **_amounts(sums)) for code, sums in outcome.by_vehicle_type
        ),
        by_day=tuple(DayChange(date=date.fromisoformat(day), **_amounts(sums)) for day, sums in outcome.by_day),
        most_dearer=tuple(map(_affected, outcome.most_dearer)),
        most_cheaper=tuple(map(_affected, outcome.most_cheaper)),
        unpriceable=tuple(map(_unpriceable, outcome.refused)),
    )


def _amounts(sums: Sums) -> dict[str, Any]:
    return {"stays": sums.stays} | _change(sums.before, sums.after)


def _change(before: int, after: int) -> dict[str, Decimal]:
    return {"before": _money(before), "after": _money(after), "change": _money(after - before)}


def _affected(stay: Affected) -> AffectedStay:
    return AffectedStay(
        entry_id=stay.stay_id,
        location_id=stay.location_id,
        vehicle_type=stay.vehicle_type,
        entry_time=stay.entry_at,
        exit_time=stay.ended_at,
        **_change(stay.before, stay.after),
    )


def _unpriceable(refused: Refused) -> UnpriceableStays:
    return UnpriceableStays(
        reason=refused.reason,
        detail=refused.detail,
        stays=refused.stays,
        before=_money(refused.before),
        entry_ids=tuple(refused.examples),
    )


def _money(minor: int) -> Decimal:
    return minor_to_decimal(minor, tenancy.current().currency)
