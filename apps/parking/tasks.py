"""Parking's Celery tasks."""

from celery import shared_task

from apps.core import clock

from .commands.overstays import mark_overstays as mark_all


@shared_task(name="parking.mark_overstays", public=True)  # type: ignore[untyped-decorator]
def mark_overstays() -> int:
    """The overstay tick: every five seconds, for all tenants at once."""
    return mark_all(at=clock.now())
