"""Which of a person's tenants a sign-in is for."""

from collections.abc import Sequence

from apps.core.errors import Forbidden
from apps.core.tenancy import TenantRef, TenantStatus

from .models import Membership


class TenantMismatch(Forbidden):
    code, title = "tenant_mismatch", "Two different tenants are named"


class NotAMember(Forbidden):
    code, title = "not_a_member", "You are not a member of this tenant"


class TenantClosed(Forbidden):
    code, title = "tenant_closed", "This tenant is closed"


def agreed_slug(*, asked: str | None, host: TenantRef | None) -> str | None:
    """The tenant's slug that request and host name agree on; None where neither names one. Raises TenantMismatch."""
    if host is None:
        return asked
    if asked is not None and asked != host.slug:
        raise TenantMismatch(f"This is {host.slug}'s host name: leave tenant out, or use the other tenant's host.")
    return host.slug


def choose_membership(memberships: Sequence[Membership], *, slug: str | None) -> Membership | None:
    """The membership of the named tenant; with none named the first in the given order whose tenant is open, or None.

    Raises NotAMember for a tenant that is not among them, be it unknown or somebody else's, and TenantClosed.
    """
    if slug is None:
        return next((one for one in memberships if is_open(one)), None)
    for membership in memberships:
        if membership.tenant.slug == slug:
            if not is_open(membership):
                raise TenantClosed(f"Nobody signs in to {slug} any more; ask the platform's administrators.")
            return membership
    raise NotAMember(f"Ask an administrator of {slug} to add you, or sign in to another tenant.")


def is_open(membership: Membership) -> bool:
    """Whether the membership's tenant lets people in: it may be suspended, and is neither closed nor being made."""
    return membership.tenant.status in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
