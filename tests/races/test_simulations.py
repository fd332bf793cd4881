"""Simulations at once: a tenant has one, and one worker works on it."""

from threading import Barrier

import pytest

from apps.billing.commands.simulations import AT_ONCE, request_simulation, work_on_simulation
from apps.billing.models import RateStructure, TariffSimulation
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, make_rate
from tests.billing.conftest import yard as yard
from tests.billing.test_simulation_runs import NOW, WANTED, fees
from tests.races.rivals import as_owner, at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database", "yard")
RIVALS = 4


def ask(rate: RateStructure) -> TariffSimulation:
    return request_simulation(rate_id=rate.rate_id, wanted=WANTED, actor=CASHIER, at=NOW)


def test_control_without_the_index_all_are_taken(in_acme: TenantRef) -> None:
    fees(AT_ONCE + 1, make_rate())
    rate = make_rate(draft=True)
    as_owner(f'DROP INDEX "{in_acme.schema}".one_simulation_at_a_time')
    assert len(gained(at_once(in_acme, *[lambda: ask(rate)] * RIVALS))) == RIVALS


def test_of_many_one_is_taken(in_acme: TenantRef) -> None:
    fees(AT_ONCE + 1, make_rate())
    rate = make_rate(draft=True)
    outcomes = at_once(in_acme, *[lambda: ask(rate)] * RIVALS)
    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) == ["simulation_running"] * (RIVALS - 1)
    assert TariffSimulation.objects.count() == 1


def test_control_workers_that_look_before_they_claim_all_work_on_it(in_acme: TenantRef) -> None:
    fees(AT_ONCE + 1, make_rate())
    ask(make_rate(draft=True))
    begun = Barrier(RIVALS)

    def claim_by_looking() -> bool:
        free = TariffSimulation.objects.filter(status="running", heard_at=None).exists()
        begun.wait(10)
        if free:
            TariffSimulation.objects.update(heard_at=NOW)
        return free

    assert at_once(in_acme, *[claim_by_looking] * RIVALS) == [True] * RIVALS


def test_of_many_workers_one_works(in_acme: TenantRef) -> None:
    fees(AT_ONCE + 1, make_rate())
    simulation = ask(make_rate(draft=True))
    done = at_once(in_acme, *[lambda: work_on_simulation(now=lambda: NOW)] * RIVALS)
    assert sorted(done) == [False] * (RIVALS - 1) + [True]
    simulation.refresh_from_db()
    assert (simulation.status, simulation.attempt) == ("done", 1)
