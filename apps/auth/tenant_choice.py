"""Which of a person's tenants a sign-in is for."""

from collections.abc import Sequence

from apps.core.errors import Forbidden
from apps.core.tenancy import TenantRef

from .models import Membership


class TenantMismatch(Forbidden):
    code, title = "tenant_mismatch", "Two different tenants are named"


class NotAMember(Forbidden):
    code, title = "not_a_member", "You are not a member of this tenant"


def agreed_slug(*, asked: str | None, host: TenantRef | None) -> str | None:
    """The tenant's slug that request and host name agree on; None where neither names one. Raises TenantMismatch."""
    if host is None:
        return asked
    if asked is not None and asked != host.slug:
        raise TenantMismatch(f"This is {host.slug}'s host name: leave tenant out, or use the other tenant's host.")
    return host.slug


def choose_membership(memberships: Sequence[Membership], *, slug: str | None) -> Membership | None:
    """The membership of the named tenant; with none named the first in the given order, or None if there is none.

    Raises NotAMember for a tenant that is not among them, be it unknown or somebody else's.
    """
    if slug is None:
        return memberships[0] if memberships else None
    for membership in memberships:
        if membership.tenant.slug == slug:
            return membership
    raise NotAMember(f"Ask an administrator of {slug} to add you, or sign in to another tenant.")
