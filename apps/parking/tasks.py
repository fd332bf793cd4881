"""Parking's Celery tasks."""

from celery import shared_task
from django.conf import settings

from apps.core import clock, tenancy

from .commands.overstays import mark_overstays as mark_all
from .personal_data.retention import erase_expired_everywhere
from .simulation.demo_sites import DEMO_TENANTS
from .simulation.traffic import let_some_move


@shared_task(name="parking.mark_overstays", public=True)  # type: ignore[untyped-decorator]
def mark_overstays() -> int:
    """The overstay tick: every five seconds, for all tenants at once."""
    return mark_all(at=clock.now())


@shared_task(name="parking.erase_expired", public=True)  # type: ignore[untyped-decorator]
def erase_expired() -> int:
    """Every hour: what tenants keep of persons no longer than they said."""
    return erase_expired_everywhere(at=clock.now())


@shared_task(name="parking.demo_traffic", public=True)  # type: ignore[untyped-decorator]
def demo_traffic() -> None:
    """Every three seconds in demo mode: perhaps a vehicle comes or leaves in each demo tenant."""
    if not settings.DEMO_MODE:
        return
    for plan in DEMO_TENANTS:
        tenant = tenancy.directory().by_slug(plan.slug)
        if tenant is not None:
            with tenancy.enter(tenant):
                let_some_move(plan, at=clock.now())
