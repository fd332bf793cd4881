"""Re-rating a past period by a price list that is not in force: asked for, worked through, kept for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from apps.billing.kept_stays import pricer_of_told
from apps.billing.lab.rerating import Rerater
from apps.billing.lab.tally import Outcome, Tally
from apps.billing.models import RateStructure, SimulationStatus, TariffSimulation
from apps.billing.models.simulations import EVERY_TYPE
from apps.billing.past_stays import PastPeriod, count_past_stays, read_past_stays
from apps.billing.places import find_place
from apps.billing.queries import get_rate
from apps.billing.tariff import CompiledPlan, Plan
from apps.core import audit, reach, tenancy
from apps.core.actor import Actor
from apps.core.db.statement import violated_constraint
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id

from .rate_versions import keep_plan

AT_ONCE: Final = 2_000
"""So few stays are re-rated while the one who asks waits."""
LONGEST: Final = timedelta(days=3_660)
KEPT: Final = timedelta(days=30)
QUIET: Final = timedelta(minutes=2)
"""A worker that has not been heard of for so long is gone, and another one begins again."""
MOST_ATTEMPTS: Final = 3


class SimulationRunning(Conflict):
    code, title = "simulation_running", "Another simulation is running"


class WantedSimulation(msgspec.Struct, frozen=True, kw_only=True):
    """The stays charged in [`since`, `until`) (UTC); without a vehicle type or location those the rate is made for."""

    since: datetime
    until: datetime
    vehicle_type: str | None = None
    location_id: UUID | None = None


def request_simulation(*, rate_id: UUID, wanted: WantedSimulation, actor: Actor, at: datetime) -> TariffSimulation:
    """Re-rate a past period by the latest version of a rate; nothing but the simulation itself is written.

    A few stays are done when this returns, more are left to `work_on_simulation`, which the caller sees to.

    Raises RateNotFound, Invalid for a period that is empty, longer than ten years or not over, LocationNotFound,
    OutsideYourLocations for one who may not see all that is asked about, SimulationRunning.
    """
    _require_past(wanted, at)
    rate = get_rate(rate_id=rate_id)
    period = PastPeriod(
        since=wanted.since,
        until=wanted.until,
        vehicle_type=wanted.vehicle_type or rate.vehicle_type,
        location_id=wanted.location_id or rate.location_id,
    )
    known_type = rate.vehicle_type if period.vehicle_type == EVERY_TYPE else period.vehicle_type
    find_place(vehicle_type=known_type, location_id=period.location_id)
    reach.require(period.location_id)
    plan = rate.plan()
    with transaction.atomic():
        simulation = _insert(rate, period, plan, actor=actor, at=at)
        if simulation.stays <= AT_ONCE:
            _end(simulation, outcome=_outcome(period, plan, lambda counted: None), at=at)
    return simulation


def work_on_simulation(*, now: Callable[[], datetime]) -> bool:
    """Work through the tenant's running simulation, unless somebody else does; whether it is done now.

    It begins anew where an earlier worker was lost. The third one that is lost, or an error, makes it fail.
    """
    simulation = _claim(at=now())
    if simulation is None:
        return False
    try:
        plan = RateStructure.objects.get(rate_id=simulation.rate_id, version=simulation.rate_version).plan()
        outcome = _outcome(period_of(simulation), plan, lambda counted: _hear(simulation, counted, at=now()))
    except _Lost:
        return False
    except Exception as error:
        _end(simulation, failure=f"It was stopped by an error: {type(error).__name__}.", at=now())
        raise
    _end(simulation, outcome=outcome, at=now())
    return simulation.status == SimulationStatus.DONE


def forget_old_simulations(*, at: datetime) -> None:
    """Drop those that were asked for 30 days ago, and end the one that three workers were lost over."""
    TariffSimulation.objects.filter(requested_at__lt=at - KEPT).delete()
    lost = TariffSimulation.objects.filter(_is_quiet(at), status=SimulationStatus.RUNNING, attempt__gte=MOST_ATTEMPTS)
    lost.update(
        status=SimulationStatus.FAILED, failure=f"It was begun {MOST_ATTEMPTS} times and never ended.", ended_at=at
    )


def period_of(simulation: TariffSimulation) -> PastPeriod:
    """What a simulation is about."""
    return PastPeriod(
        since=simulation.since,
        until=simulation.until,
        vehicle_type=simulation.vehicle_type,
        location_id=simulation.location_id,
    )


class _Lost(Exception):
    """Somebody else has taken the simulation over."""


def _require_past(wanted: WantedSimulation, at: datetime) -> None:
    if wanted.until <= wanted.since:
        raise Invalid.field("to", "empty_period", "The end must lie after the beginning.")
    if wanted.until > at:
        raise Invalid.field("to", "not_past", "Only stays that have ended can be priced anew; end it now or earlier.")
    if wanted.until - wanted.since > LONGEST:
        raise Invalid.field("to", "period_too_long", f"Ask for at most {LONGEST.days} days.")


def _insert(
    rate: RateStructure, period: PastPeriod, plan: Plan | CompiledPlan, *, actor: Actor, at: datetime
) -> TariffSimulation:
    simulation = TariffSimulation(
        id=new_id(),
        rate_id=rate.rate_id,
        rate_version=rate.version,
        plan_hash=keep_plan(plan),
        since=period.since,
        until=period.until,
        location_id=period.location_id,
        vehicle_type=period.vehicle_type,
        stays=count_past_stays(period),
        requested_by=actor.id,
        requested_by_name=actor.name,
        requested_at=at,
    )
    try:
        with transaction.atomic():
            simulation.save(force_insert=True)
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.IntegrityError) and violated_constraint(cause) == "one_simulation_at_a_time":
            raise SimulationRunning("Wait until it is done; a tenant has one at a time.") from error
        raise
    told = {"rateId": str(rate.rate_id), "version": rate.version, "from": period.since, "to": period.until}
    audit.record("rates.simulated", audit.Subject("simulation", simulation.id), actor=actor, after=told)
    return simulation


def _outcome(period: PastPeriod, plan: Plan | CompiledPlan, hear: Callable[[int], None]) -> Outcome:
    rerater, tally, counted = Rerater(plan, pricer_of_told(plan)), Tally(tenancy.current().timezone), 0
    for stays in read_past_stays(period):
        for stay in stays:
            tally.add(stay, rerater.rerate(stay))
        counted += len(stays)
        hear(counted)
    return tally.outcome()


def _is_quiet(at: datetime) -> Q:
    return Q(heard_at=None) | Q(heard_at__lt=at - QUIET)


def _claim(*, at: datetime) -> TariffSimulation | None:
    running = TariffSimulation.objects.filter(_is_quiet(at), status=SimulationStatus.RUNNING, attempt__lt=MOST_ATTEMPTS)
    if not running.update(attempt=F("attempt") + 1, heard_at=at, counted=0):
        return None
    return TariffSimulation.objects.get(status=SimulationStatus.RUNNING)


def _still_mine(simulation: TariffSimulation) -> Any:
    return TariffSimulation.objects.filter(
        id=simulation.id, attempt=simulation.attempt, status=SimulationStatus.RUNNING
    )


def _hear(simulation: TariffSimulation, counted: int, *, at: datetime) -> None:
    if not _still_mine(simulation).update(counted=counted, heard_at=at):
        raise _Lost


def _end(simulation: TariffSimulation, *, at: datetime, outcome: Outcome | None = None, failure: str = "") -> None:
    simulation.status = SimulationStatus.FAILED if outcome is None else SimulationStatus.DONE
    simulation.outcome = None if outcome is None else msgspec.to_builtins(outcome)
    simulation.failure, simulation.ended_at = failure, at
    simulation.counted = simulation.stays if outcome else simulation.counted
    ended = {name: getattr(simulation, name) for name in ("status", "outcome", "failure", "ended_at", "counted")}
    if not _still_mine(simulation).update(**ended):
        simulation.status = SimulationStatus.RUNNING  # somebody else's now
