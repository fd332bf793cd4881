"""Making a tenant at once, by the role that owns the tables."""

from django.db import IntegrityError, transaction

from apps.auth import directory
from apps.auth.models import Domain, Membership, Tenant, User
from apps.auth.roles import Role
from apps.auth.tenants.plan import load_plan
from apps.auth.tenants.spares import claim_spare, new_schema, take_over
from apps.core import tenancy
from apps.core.tenancy import TenantRef

from .tenant_checks import TenantExists, check_tenant

__all__ = ["TenantExists", "create_tenant"]


def create_tenant(
    *, slug: str, name: str, host: str, currency: str, timezone: str, owner: User | None = None
) -> TenantRef:
    """Make a tenant that is ready to use, in a spare schema or, where none is left, in one made now.

    `host` counts in any case and is kept in lower case. Raises Invalid for an unusable slug, host, currency or time
    zone, TenantExists for a slug or host in use. Runs with the database role that owns the tables; a failure takes
    the schema away again.
    """
    host = host.lower()
    tenant = Tenant(slug=slug, name=name, currency=currency, timezone=timezone)
    with tenancy.public():
        check_tenant(tenant, host)
    try:
        with tenancy.public(), transaction.atomic():
            spare = claim_spare()
            if spare is not None:
                _write(tenant, spare, host, owner)
        if spare is None:
            with new_schema() as schema, tenancy.public(), transaction.atomic():
                _write(tenant, schema, host, owner)
    except IntegrityError as error:  # someone else took the slug or the host meanwhile
        raise TenantExists(f"Choose another name than {slug} at {host}.") from error
    directory.forget()
    return directory.as_ref(tenant)


def _write(tenant: Tenant, schema: str, host: str, owner: User | None) -> None:
    take_over(schema)
    tenant.schema_name, tenant.migrations_hash = schema, load_plan().wanted_hash
    tenant.save(force_insert=True)
    Domain.objects.create(domain=host, tenant=tenant, is_primary=True)
    if owner is not None:
        Membership.objects.create(user=owner, tenant=tenant, role=Role.OWNER)
