"""Simulations in the background: progress, lost workers, errors, and how long they are kept."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from apps.billing.commands.simulations import (
    AT_ONCE,
    KEPT,
    MOST_ATTEMPTS,
    QUIET,
    SimulationRunning,
    WantedSimulation,
    forget_old_simulations,
    request_simulation,
    work_on_simulation,
)  # fmt: skip
from apps.billing.models import RateStructure, StayFee, TariffSimulation
from apps.billing.past_stays import PastPeriod, count_past_stays, read_past_stays
from apps.billing.tasks import take_up_simulations
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.billing.conftest import CASHIER, ENTRY, YARD, make_rate
from tests.refusals import nothing_written

pytestmark = pytest.mark.usefixtures("in_acme", "yard")
NOW = ENTRY + timedelta(days=10)
WANTED = WantedSimulation(since=ENTRY, until=ENTRY + timedelta(days=5))


def fees(count: int, rate: RateStructure, **given: object) -> None:
    """So many cars of one hour each, a second apart, that paid 20.00."""
    kept = {"vehicle_type": "car", "location_id": YARD, "rate_id": rate.rate_id, "rate_version": 1, "tax_rate": 0}
    amounts = {"base": 2_000, "penalty": 0, "discount": 0, "tax": 0, "total": 2_000, "currency": "INR"}
    StayFee.objects.bulk_create(
        StayFee(
            **{
                **kept, **amounts, "stay_id": new_id(), "duration_minutes": 60,
                "entry_at": ENTRY + timedelta(seconds=number), "ended_at": ENTRY + timedelta(hours=1, seconds=number),
                "charged_at": ENTRY + timedelta(hours=1, seconds=number), **given,
            }
        )
        for number in range(count)
    )  # fmt: skip


def asked(count: int = AT_ONCE + 1, **draft: object) -> TariffSimulation:
    """A simulation that is too large to be done at once."""
    fees(count, make_rate())
    rate = make_rate(draft=True, hourly=3_000, **draft)
    return request_simulation(rate_id=rate.rate_id, wanted=WANTED, actor=CASHIER, at=NOW)


def ticking(start: datetime = NOW) -> Callable[[], datetime]:
    """A clock that goes on by a second at each look."""
    seconds: Iterator[int] = iter(range(1_000_000))
    return lambda: start + timedelta(seconds=next(seconds))


def test_many_stays_are_left_to_a_worker() -> None:
    simulation = asked()
    assert (simulation.status, simulation.stays, simulation.outcome) == ("running", AT_ONCE + 1, None)
    assert work_on_simulation(now=ticking()) is True
    simulation.refresh_from_db()
    assert (simulation.status, simulation.counted, simulation.attempt) == ("done", AT_ONCE + 1, 1)
    assert simulation.outcome["total"] == {"stays": 2_001, "before": 2_001 * 2_000, "after": 2_001 * 3_000}
    with nothing_written():
        assert work_on_simulation(now=ticking()) is False


def test_it_is_read_in_batches_without_losing_or_doubling_one() -> None:
    rate = make_rate()
    fees(7, rate)
    fees(5, rate, charged_at=ENTRY + timedelta(hours=1, seconds=3))  # equal instants, over the edge of a batch
    period = PastPeriod(since=WANTED.since, until=WANTED.until, vehicle_type="car")
    batches = list(read_past_stays(period, batch=4))
    assert [len(batch) for batch in batches] == [4, 4, 4]
    read = [stay.stay_id for batch in batches for stay in batch]
    assert len(set(read)) == len(read) == count_past_stays(period) == 12


def test_a_stay_that_goes_on_is_left_out() -> None:
    rate = make_rate()
    fees(1, rate)
    fees(1, rate, unpriced_reason="still_parked", rate_id=None, rate_version=None, tax_rate=None,
         **dict.fromkeys(("base", "penalty", "discount", "tax", "total")))  # fmt: skip
    assert count_past_stays(PastPeriod(since=WANTED.since, until=WANTED.until, vehicle_type="*")) == 1


def test_a_second_one_is_refused_while_one_runs() -> None:
    running = asked()
    with nothing_written(), pytest.raises(SimulationRunning):
        request_simulation(rate_id=running.rate_id, wanted=WANTED, actor=CASHIER, at=NOW)
    work_on_simulation(now=ticking())
    assert request_simulation(rate_id=running.rate_id, wanted=WANTED, actor=CASHIER, at=NOW).status == "running"


def test_one_that_somebody_works_on_is_left_alone_and_a_lost_one_taken_over() -> None:
    simulation = asked()
    TariffSimulation.objects.update(attempt=1, heard_at=NOW, counted=1_500)
    with nothing_written():
        assert work_on_simulation(now=lambda: NOW + QUIET) is False
    assert work_on_simulation(now=ticking(NOW + QUIET + timedelta(seconds=1))) is True
    simulation.refresh_from_db()
    assert (simulation.status, simulation.attempt, simulation.counted) == ("done", 2, AT_ONCE + 1)


def test_a_worker_that_was_given_up_writes_nothing_any_more() -> None:
    simulation = asked()
    looks = 0

    def overtaken() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 2:  # the other one has begun while this one was at its first batch
            TariffSimulation.objects.update(attempt=2)
        return NOW

    assert work_on_simulation(now=overtaken) is False
    simulation.refresh_from_db()
    assert (simulation.status, simulation.attempt, simulation.counted) == ("running", 2, 0)


def test_an_error_is_told_and_lets_the_next_one_begin() -> None:
    simulation = asked()
    RateStructure.objects.filter(rate_id=simulation.rate_id).delete()
    with pytest.raises(RateStructure.DoesNotExist):
        work_on_simulation(now=ticking())
    simulation.refresh_from_db()
    assert (simulation.status, simulation.failure) == ("failed", "It was stopped by an error: DoesNotExist.")


def test_the_third_lost_worker_is_the_last() -> None:
    simulation = asked()
    TariffSimulation.objects.update(attempt=MOST_ATTEMPTS, heard_at=NOW)
    with nothing_written():
        forget_old_simulations(at=NOW + QUIET)
        assert work_on_simulation(now=lambda: NOW + 2 * QUIET) is False
    forget_old_simulations(at=NOW + 2 * QUIET)
    simulation.refresh_from_db()
    assert (simulation.status, simulation.failure) == ("failed", "It was begun 3 times and never ended.")


def test_they_are_kept_for_thirty_days() -> None:
    asked(1)
    with nothing_written():
        forget_old_simulations(at=NOW + KEPT)
    forget_old_simulations(at=NOW + KEPT + timedelta(seconds=1))
    assert TariffSimulation.objects.count() == 0


def test_each_tenant_s_is_taken_up(acme: TenantRef, globex: TenantRef) -> None:
    asked()
    with time_machine.travel(NOW), tenancy.public():
        app.tasks[take_up_simulations.name].delay()
    assert TariffSimulation.objects.get().status == "done"
    with tenancy.enter(globex):
        assert TariffSimulation.objects.count() == 0
