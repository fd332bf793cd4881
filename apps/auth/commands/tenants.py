"""Making a tenant: its schema, its row, its host name and its owner."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.auth import directory
from apps.auth.models import Domain, Membership, Tenant, User
from apps.auth.roles import Role
from apps.core import tenancy
from apps.core.db import migrating
from apps.core.errors import Conflict, Invalid
from apps.core.money import MoneyError, currency_digits
from apps.core.tenancy import TenantRef


class TenantExists(Conflict):
    code, title = "tenant_exists", "There is a tenant of this name already"


def create_tenant(
    *, slug: str, name: str, host: str, currency: str, timezone: str, owner: User | None = None
) -> TenantRef:
    """Make a tenant that is ready to use. Its schema is migrated before the row that lets anyone find it is written.

    Raises Invalid for an unusable slug, currency or time zone, TenantExists for a slug or host in use. Runs with the
    database role that owns the tables; a failure takes the schema away again.
    """
    tenant = Tenant(slug=slug, name=name, currency=currency, timezone=timezone)
    with tenancy.public():
        _check(tenant, host)
    migrating.create_schema(tenant.schema_name)
    try:
        migrating.migrate_schema(tenant.schema_name, verbosity=0, interactive=False)
        tenant.migrations_hash = migrating.tenant_migrations_hash()
        with tenancy.public(), transaction.atomic():
            tenant.save()
            Domain.objects.create(domain=host, tenant=tenant, is_primary=True)
            if owner is not None:
                Membership.objects.create(user=owner, tenant=tenant, role=Role.OWNER)
    except IntegrityError as error:  # someone else took the slug or the host meanwhile
        migrating.drop_schema(tenant.schema_name)
        raise TenantExists(f"Choose another name than {slug} at {host}.") from error
    except BaseException:
        migrating.drop_schema(tenant.schema_name)
        raise
    directory.forget()
    return directory.as_ref(tenant)


def _check(tenant: Tenant, host: str) -> None:
    try:
        tenant.clean_fields()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise Invalid.field(field, "invalid", f"{field}: {' '.join(error.message_dict[field])}") from error
    if tenant.timezone not in zoneinfo.available_timezones():
        raise Invalid.field("timezone", "unknown", f"{tenant.timezone} is not an IANA time zone, like Asia/Kolkata.")
    try:
        currency_digits(tenant.currency)
    except MoneyError as error:
        raise Invalid.field("currency", "unknown", str(error)) from error
    if Tenant.objects.filter(slug=tenant.slug).exists() or Domain.objects.filter(domain=host).exists():
        raise TenantExists(f"Choose another name than {tenant.slug} at {host}.")
