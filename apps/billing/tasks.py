"""Billing's Celery tasks."""

from celery import shared_task

from apps.core import clock, tenancy
from apps.core.tasks import HEADER

from .commands.simulations import forget_old_simulations, work_on_simulation


@shared_task(name="billing.simulate")  # type: ignore[untyped-decorator]
def simulate() -> bool:
    """Work through the tenant's running simulation, and forget the old ones."""
    forget_old_simulations(at=clock.now())
    return work_on_simulation(now=clock.now)


@shared_task(name="billing.take_up_simulations", public=True)  # type: ignore[untyped-decorator]
def take_up_simulations() -> None:
    """Every five minutes: in each tenant what a killed worker or a lost message has left behind."""
    for tenant in tenancy.directory().all():
        simulate.apply_async(headers={HEADER: str(tenant.id)})
