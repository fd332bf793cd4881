"""Billing's Celery tasks."""

from celery import shared_task

from apps.core import clock, tenancy
from apps.core.tasks import HEADER

from .commands.monthly import invoice_last_month_everywhere
from .commands.monthly_charges import charge_months as charge_due_months
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


@shared_task(name="billing.charge_months_of_tenant")  # type: ignore[untyped-decorator]
def charge_months_of_tenant() -> int:
    """What the tenant's customers owe by the month: permits, and validations they pay for."""
    return charge_due_months(at=clock.now())


@shared_task(name="billing.charge_months", public=True)  # type: ignore[untyped-decorator]
def charge_months() -> None:
    """Every hour, in each tenant: a month begins at another hour in each zone, and is charged once."""
    for tenant in tenancy.directory().all():
        charge_months_of_tenant.apply_async(headers={HEADER: str(tenant.id)})


@shared_task(name="billing.invoice_last_month", public=True)  # type: ignore[untyped-decorator]
def invoice_last_month() -> None:
    """Each day: in each tenant the invoices of the month that is over, for the customers that get one each month."""
    invoice_last_month_everywhere(at=clock.now())
