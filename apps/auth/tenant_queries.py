"""Reading tenants, for the platform's own people."""

from uuid import UUID

from django.db.models import QuerySet

from apps.auth.commands.tenant_checks import TenantUnknown
from apps.auth.models import Tenant
from apps.core import tenancy
from apps.core.tenancy import TenantStatus


def list_tenants(*, status: TenantStatus | None = None) -> QuerySet[Tenant]:
    """Every tenant with its hosts. Evaluate it in the public schema."""
    found: QuerySet[Tenant] = Tenant.objects.prefetch_related("domains")
    return found.filter(status=status) if status else found.all()


def get_tenant(*, tenant_id: UUID) -> Tenant:
    """A tenant with its hosts. Raises TenantUnknown."""
    with tenancy.public():
        tenant = list_tenants().filter(id=tenant_id).first()
    if tenant is None:
        raise TenantUnknown(f"There is no tenant {tenant_id}.")
    return tenant


def find_tenant(*, slug: str) -> Tenant:
    """A tenant by its short name. Raises TenantUnknown."""
    with tenancy.public():
        tenant = list_tenants().filter(slug=slug).first()
    if tenant is None:
        raise TenantUnknown(f"There is no tenant {slug}.")
    return tenant
