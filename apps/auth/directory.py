"""Finding tenants by id, slug, schema or host name, from memory where possible."""

import time
from collections.abc import Callable
from uuid import UUID

from apps.core import tenancy
from apps.core.tenancy import TenantRef, TenantStatus

from .generations import AWAY, Mark, announce_change

FRESH_SECONDS = 10.0
MARK = "tenants"
_SERVED = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
_cache: dict[tuple[str, object], tuple[float, TenantRef]] = {}
_last_mark: Mark = None


class CachedDirectory:
    """The tenants table behind a per-process memory of ten seconds. What is not found is never remembered.

    A tenant that is still being made is not there yet; a closed one is found by all but its host names.
    """

    def by_id(self, tenant_id: UUID) -> TenantRef | None:
        return _remembered("id", tenant_id, lambda: _find(id=tenant_id))

    def by_schema(self, schema: str) -> TenantRef | None:
        return _remembered("schema", schema, lambda: _find(schema_name=schema))

    def by_slug(self, slug: str) -> TenantRef | None:
        return _remembered("slug", slug, lambda: _find(slug=slug))

    def by_host(self, host: str) -> TenantRef | None:
        from django.conf import settings

        if host in settings.PLATFORM_HOSTS:
            return None
        return _remembered("host", host, lambda: _find(domains__domain=host, status__in=_SERVED))

    def all(self) -> list[TenantRef]:
        from .models import Tenant

        with tenancy.public():
            made = Tenant.objects.exclude(status=TenantStatus.PROVISIONING)
            return [as_ref(tenant) for tenant in made.order_by("slug")]


def forget() -> None:
    """Drop this process's memory, after a tenant or a domain changed."""
    _cache.clear()


def announce() -> None:
    """Have every process look anew with its next request, after a tenant or a domain changed and that is committed."""
    forget()
    announce_change(name=MARK)


def look_again_under(mark: Mark) -> None:
    """Drop the memory if tenants changed since it was told the last mark, which comes with what a request asks."""
    global _last_mark
    if mark not in (_last_mark, AWAY):
        _last_mark = mark
        forget()


def as_ref(tenant: object) -> TenantRef:
    """The kernel's view of a tenant row."""
    from .models import Tenant

    assert isinstance(tenant, Tenant)
    return TenantRef(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        schema=tenant.schema_name,
        currency=tenant.currency,
        timezone=tenant.timezone,
        status=TenantStatus(tenant.status),
        limits=tenant.limits,
        stripe_account=tenant.stripe_account or "",
    )


def _remembered(kind: str, key: object, find: Callable[[], TenantRef | None]) -> TenantRef | None:
    now = time.monotonic()
    kept = _cache.get((kind, key))
    if kept is not None and now - kept[0] < FRESH_SECONDS:
        return kept[1]
    found = find()
    if found is not None:
        _cache[(kind, key)] = (now, found)
    return found


def _find(**conditions: object) -> TenantRef | None:
    from .models import Tenant

    with tenancy.public():
        tenant = Tenant.objects.filter(**conditions).exclude(status=TenantStatus.PROVISIONING).first()
    return None if tenant is None else as_ref(tenant)
