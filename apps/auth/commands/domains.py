"""Under which host names a tenant is served."""

from uuid import UUID

from django.db import IntegrityError, transaction

from apps.auth import directory
from apps.auth.models import Domain, Tenant
from apps.core import audit, tenancy
from apps.core.errors import Conflict, NotFound
from apps.core.tenancy import TenantStatus

from .tenant_changes import TenantClosed
from .tenant_checks import HostTaken, TenantUnknown, check_host


class PrimaryHost(Conflict):
    code, title = "primary_host", "This is the tenant's main host name"


class HostUnknown(NotFound):
    code, title = "host_not_found", "This host name is not the tenant's"


def add_domain(*, tenant_id: UUID, host: str, primary: bool = False) -> Domain:
    """Serve a tenant under one more host, in lower case; as its main one where `primary` is set.

    Raises TenantUnknown, TenantClosed, HostTaken, and Invalid for an unusable host.
    """
    host = host.lower()
    check_host(host)
    try:
        with tenancy.public(), transaction.atomic():
            tenant = _locked(tenant_id)
            domain: Domain = Domain.objects.create(domain=host, tenant=tenant, is_primary=primary)
            _audit("tenant.host_added", tenant_id, host)
    except IntegrityError as error:
        raise HostTaken(f"{host} is in use; choose another.") from error
    directory.announce()
    return domain


def make_primary(*, tenant_id: UUID, host: str) -> None:
    """Make one of a tenant's hosts its main one. Raises TenantUnknown, TenantClosed, HostUnknown."""
    with tenancy.public(), transaction.atomic():
        tenant = _locked(tenant_id)
        domain = _of(tenant, host)
        Domain.objects.filter(tenant=tenant).update(is_primary=False)
        Domain.objects.filter(pk=domain.pk).update(is_primary=True)
        _audit("tenant.main_host_chosen", tenant_id, host)
    directory.announce()


def remove_domain(*, tenant_id: UUID, host: str) -> None:
    """Serve a tenant under a host no more. Raises TenantUnknown, TenantClosed, HostUnknown, PrimaryHost."""
    with tenancy.public(), transaction.atomic():
        domain = _of(_locked(tenant_id), host)
        if domain.is_primary:
            raise PrimaryHost("Make another host the main one first.")
        domain.delete()
        _audit("tenant.host_removed", tenant_id, host)
    directory.announce()


def _audit(action: str, tenant_id: UUID, host: str) -> None:
    audit.record(action, audit.Subject("tenant", tenant_id), after={"host": host.lower()})


def _locked(tenant_id: UUID) -> Tenant:
    # one at a time, so that there is always one main host
    tenant: Tenant | None = Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id).first()
    if tenant is None:
        raise TenantUnknown(f"There is no tenant {tenant_id}.")
    if tenant.status == TenantStatus.CLOSED:
        raise TenantClosed("A closed tenant is served under no host.")
    return tenant


def _of(tenant: Tenant, host: str) -> Domain:
    domain: Domain | None = Domain.objects.filter(tenant=tenant, domain=host.lower()).first()
    if domain is None:
        raise HostUnknown(f"{host[:100]} is not a host of {tenant.slug}.")
    return domain
