"""Making a tenant: its schema, its row, its host name and its owner."""

import re
import zoneinfo
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http.request import validate_host

from apps.auth import directory
from apps.auth.models import Domain, Membership, Tenant, User
from apps.auth.roles import Role
from apps.auth.tenants.plan import load_plan
from apps.auth.tenants.spares import claim_spare, new_schema, take_over
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid
from apps.core.money import MoneyError, currency_digits
from apps.core.tenancy import TenantRef

RESERVED_SLUGS: Final = frozenset({"public", "www", "api", "admin"})
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_LONGEST_HOST = 253


class TenantExists(Conflict):
    code, title = "tenant_exists", "There is a tenant of this name already"


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
        _check(tenant, host)
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


def _check(tenant: Tenant, host: str) -> None:
    _check_host(host)
    if tenant.slug in RESERVED_SLUGS:
        raise Invalid.field(
            "slug", "reserved", f"The platform keeps the name {tenant.slug} for itself; choose another."
        )
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


def _check_host(host: str) -> None:
    last_label = host.rpartition(".")[2]
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host) or last_label.isdigit():  # digits: an IP address
        raise Invalid.field("host", "invalid", f"{host[:80]!r} is no host name, like acme.parking.example.")
    if host in {own.lower() for own in settings.PLATFORM_HOSTS}:
        raise Invalid.field("host", "reserved", f"{host} is the platform's own (PLATFORM_HOSTS); choose another host.")
    if not validate_host(host, settings.ALLOWED_HOSTS):
        served = ", ".join(settings.ALLOWED_HOSTS)
        raise Invalid.field("host", "not_served", f"{host} is not served here; ALLOWED_HOSTS has {served}.")
