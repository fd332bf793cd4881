"""Making tenants in the background."""

from uuid import UUID

from celery import shared_task

from apps.auth.commands.tenant_requests import provision_all, provision_tenant
from apps.core import clock


@shared_task(name="identity.provision_tenant", public=True)  # type: ignore[untyped-decorator]
def provision(tenant_id: str) -> bool:
    """Make one that was just asked for."""
    return provision_tenant(tenant_id=UUID(tenant_id), at=clock.now())


@shared_task(name="identity.provision_waiting", public=True)  # type: ignore[untyped-decorator]
def provision_waiting() -> int:
    """Take up what a killed worker, a lost message or the lack of a spare has left waiting."""
    return provision_all(at=clock.now())
