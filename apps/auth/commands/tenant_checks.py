"""What a tenant may be called, and where it may be served."""

import re
import zoneinfo
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http.request import validate_host

from apps.auth.models import Domain, Tenant
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.money import MoneyError, currency_digits

RESERVED_SLUGS: Final = frozenset({"public", "www", "api", "admin"})
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_LONGEST_HOST = 253


class TenantExists(Conflict):
    code, title = "tenant_exists", "There is a tenant of this name already"


class HostTaken(Conflict):
    code, title = "host_taken", "This host name is in use"


class TenantUnknown(NotFound):
    code, title = "tenant_not_found", "There is no such tenant"


def check_tenant(tenant: Tenant, host: str) -> None:
    """Raise Invalid for unusable values, TenantExists for a slug or host in use. Runs in the public schema."""
    check_host(host)
    if tenant.slug in RESERVED_SLUGS:
        raise Invalid.field(
            "slug", "reserved", f"The platform keeps the name {tenant.slug} for itself; choose another."
        )
    check_fields(tenant)
    try:
        currency_digits(tenant.currency)
    except MoneyError as error:
        raise Invalid.field("currency", "unknown", str(error)) from error
    if Tenant.objects.filter(slug=tenant.slug).exists() or Domain.objects.filter(domain=host).exists():
        raise TenantExists(f"Choose another name than {tenant.slug} at {host}.")


def check_fields(tenant: Tenant) -> None:
    """Raise Invalid for an unusable slug, name or time zone."""
    if not tenant.name.strip():
        raise Invalid.field("name", "empty", "Give the tenant a name.")
    try:
        tenant.clean_fields()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise Invalid.field(field, "invalid", f"{field}: {' '.join(error.message_dict[field])}") from error
    if tenant.timezone not in zoneinfo.available_timezones():
        raise Invalid.field("timezone", "unknown", f"{tenant.timezone} is not an IANA time zone, like Asia/Kolkata.")


def check_host(host: str) -> None:
    """Raise Invalid for what is no host name, the platform's own, or not served here."""
    last_label = host.rpartition(".")[2]
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host) or last_label.isdigit():  # digits: an IP address
        raise Invalid.field("host", "invalid", f"{host[:80]!r} is no host name, like acme.parking.example.")
    if host in {own.lower() for own in settings.PLATFORM_HOSTS}:
        raise Invalid.field("host", "reserved", f"{host} is the platform's own (PLATFORM_HOSTS); choose another host.")
    if not validate_host(host, settings.ALLOWED_HOSTS):
        served = ", ".join(settings.ALLOWED_HOSTS)
        raise Invalid.field("host", "not_served", f"{host} is not served here; ALLOWED_HOSTS has {served}.")


def usual_host(slug: str) -> str:
    """The host under the first domain that is served with all its names. Raises Invalid where there is none such."""
    for served in settings.ALLOWED_HOSTS:
        if served.startswith("."):
            return f"{slug}{served}".lower()
    raise Invalid.field("host", "required", "Name the host: ALLOWED_HOSTS has no domain like .parking.example.")
