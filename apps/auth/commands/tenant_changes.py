"""Changing a tenant, and taking it through its life: suspended and back, closed for good."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth import directory
from apps.auth.models import SignInSession, Tenant
from apps.auth.tenants.limits import check_limits
from apps.core import audit, tenancy
from apps.core.errors import Conflict, Invalid, Stale
from apps.core.shared.models import Deadline
from apps.core.tenancy import TenantStatus

from .ending import end_sessions_by_id
from .tenant_checks import TenantUnknown, check_fields
from .tenant_requests import TenantBeingMade

LONGEST_REASON = 500
_ACCOUNT: Final = re.compile(r"acct_[A-Za-z0-9]{1,250}")
_AHEAD: Final = {
    TenantStatus.ACTIVE: {TenantStatus.SUSPENDED, TenantStatus.CLOSED},
    TenantStatus.SUSPENDED: {TenantStatus.ACTIVE, TenantStatus.CLOSED},
    TenantStatus.CLOSED: set[TenantStatus](),
}


class TenantClosed(Conflict):
    code, title = "tenant_closed", "The tenant is closed"


class TenantChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be otherwise; None leaves a thing as it is. `limits` replaces all of them; empty takes the
    `stripe_account` away.

    Slug and currency stay: receipts, hosts and tokens carry the one, and every amount is stored in units of the other.
    """

    name: str | None = None
    timezone: str | None = None
    limits: dict[str, int | None] | None = None
    status: TenantStatus | None = None
    reason: str | None = None
    stripe_account: str | None = None


def change_tenant(*, tenant_id: UUID, changes: TenantChanges, at: datetime, if_version: int | None = None) -> Tenant:
    """Change a tenant. Suspended, it is read and not written; closed, nobody signs in any more, and that is final.

    Closing ends all sign-ins and takes its deadlines away; its schema stays until it is deleted. Other processes see
    a change with their next request. Raises TenantUnknown, TenantBeingMade, TenantClosed, Invalid, and Stale when
    `if_version` is not the present version.
    """
    with tenancy.public():
        with transaction.atomic():
            tenant = _locked(tenant_id, if_version)
            before = _told(tenant)
            _apply(tenant, changes, at)
            tenant.version += 1
            tenant.save()
            audit.record("tenant.changed", audit.Subject("tenant", tenant_id), before=before, after=_told(tenant))
            ending = _close(tenant) if changes.status == TenantStatus.CLOSED else []
        if ending:
            end_sessions_by_id(session_ids=ending, why="tenant closed", at=at)
    directory.announce()
    return tenant


def _told(tenant: Tenant) -> dict[str, object]:
    return {
        "name": tenant.name,
        "timezone": tenant.timezone,
        "limits": dict(tenant.limits),
        "status": str(tenant.status),
        "statusReason": tenant.status_reason,
        "stripeAccount": tenant.stripe_account,
    }


def _locked(tenant_id: UUID, if_version: int | None) -> Tenant:
    tenant: Tenant | None = Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id).first()
    if tenant is None:
        raise TenantUnknown(f"There is no tenant {tenant_id}.")
    if if_version is not None and if_version != tenant.version:
        raise Stale("Read the tenant again and repeat your change on what it says now.")
    if tenant.status == TenantStatus.PROVISIONING:
        raise TenantBeingMade("Wait until it is active, or cancel it.")
    if tenant.status == TenantStatus.CLOSED:
        raise TenantClosed("A closed tenant stays as it is: export it, or delete it.")
    return tenant


def _apply(tenant: Tenant, changes: TenantChanges, at: datetime) -> None:
    if changes.name is not None:
        tenant.name = changes.name.strip()
    if changes.timezone is not None:
        tenant.timezone = changes.timezone
    if changes.limits is not None:
        tenant.limits = check_limits(changes.limits)
    if changes.stripe_account is not None:
        tenant.stripe_account = _free_account(changes.stripe_account.strip(), tenant)
    check_fields(tenant)
    _lead_on(tenant, changes, at)


def _lead_on(tenant: Tenant, changes: TenantChanges, at: datetime) -> None:
    """Along the way of a tenant's life, with the reason that is given for it."""
    if changes.status is not None and changes.status != tenant.status:
        if changes.status not in _AHEAD[TenantStatus(tenant.status)]:
            raise Invalid.field("status", "invalid", "Write active, suspended or closed.")
        tenant.status, tenant.status_changed_at = changes.status, at
        tenant.status_reason = ""
    if changes.reason is not None:
        if len(changes.reason) > LONGEST_REASON:
            raise Invalid.field("reason", "too_long", f"Say it in {LONGEST_REASON} characters.")
        tenant.status_reason = changes.reason.strip()


def _free_account(account: str, tenant: Tenant) -> str | None:
    if not account:
        return None
    if not _ACCOUNT.fullmatch(account):
        raise Invalid.field("stripeAccount", "invalid", "An account of Stripe's is called like acct_1NvXyZ.")
    if Tenant.objects.filter(stripe_account=account).exclude(id=tenant.id).exists():
        raise Invalid.field("stripeAccount", "taken", "Another tenant is paid into this account.")
    return account


def _close(tenant: Tenant) -> list[UUID]:
    """Take away what would still happen by itself; gives the sign-ins that are to be ended."""
    Deadline.objects.filter(tenant_id=tenant.id).delete()
    return list(SignInSession.objects.filter(tenant=tenant, ended_at=None).values_list("id", flat=True))
