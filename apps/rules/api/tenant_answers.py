"""What rules/tenants answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.api import Answer
from apps.core.tenancy import TenantStatus


class HostAnswer(Answer, frozen=True, kw_only=True):
    """A host name under which the tenant is served."""

    host: str
    is_primary: bool


class MakingAnswer(Answer, frozen=True, kw_only=True):
    """How far the making has come; `percent` is 100 when the tenant can be used."""

    step: str
    percent: int


class LimitsAnswer(Answer, frozen=True, kw_only=True):
    """What the plan allows; null has no limit."""

    max_locations: int | None
    max_users: int | None
    max_entries_per_month: int | None


class TenantDetails(Answer, frozen=True, kw_only=True):
    """A tenant as the platform's own people see it. `statusReason` says why it is suspended or closed."""

    id: UUID
    slug: str
    name: str
    currency: str
    timezone: str
    status: TenantStatus
    status_reason: str
    status_changed_at: datetime
    progress: MakingAnswer
    hosts: list[HostAnswer]
    limits: LimitsAnswer
    stripe_account: str | None
    created_at: datetime
    version: int


class TenantPage(Answer, frozen=True, kw_only=True):
    """A page of tenants."""

    items: Sequence[TenantDetails]
    next_cursor: str | None = None
    total: int | None = None


def tenant_details(tenant: Any) -> TenantDetails:
    """The answer about a row. Runs in the public schema, or with the hosts read before."""
    making = tenant.status == TenantStatus.PROVISIONING
    return TenantDetails(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        currency=tenant.currency,
        timezone=tenant.timezone,
        status=TenantStatus(tenant.status),
        status_reason="" if making else tenant.status_reason,
        status_changed_at=tenant.status_changed_at,
        progress=_progress(tenant) if making else MakingAnswer(step="done", percent=100),
        hosts=[HostAnswer(host=one.domain, is_primary=one.is_primary) for one in tenant.domains.all()],
        limits=LimitsAnswer(
            max_locations=tenant.limits.get("maxLocations"),
            max_users=tenant.limits.get("maxUsers"),
            max_entries_per_month=tenant.limits.get("maxEntriesPerMonth"),
        ),
        stripe_account=tenant.stripe_account,
        created_at=tenant.created_at,
        version=tenant.version,
    )


def _progress(tenant: Any) -> MakingAnswer:
    """Its owner and hosts are written down with the request; what is still to come is its schema."""
    return MakingAnswer(step=tenant.status_reason or "queued", percent=50)
