"""What clients send to rules/tenants."""

from typing import Annotated, Literal

import msgspec

from apps.auth import public as identity
from apps.core.api import Body
from apps.core.api.paging import PageQuery
from apps.core.tenancy import TenantStatus

Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
Places = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Owner(Body, frozen=True, kw_only=True):
    """The first owner; `password` where there is no account with this e-mail address yet."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    full_name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None


class PlanLimits(Body, frozen=True, kw_only=True):
    """What the plan allows; what is left out or null has no limit."""

    max_locations: Places | None = None
    max_users: Places | None = None
    max_entries_per_month: Places | None = None

    def by_name(self) -> dict[str, int | None]:
        """The same as it is stored."""
        return {
            "maxLocations": self.max_locations,
            "maxUsers": self.max_users,
            "maxEntriesPerMonth": self.max_entries_per_month,
        }


class CreateTenant(Body, frozen=True, kw_only=True):
    """A tenant to make. Without `host` it is the slug under the served domain."""

    slug: Slug
    name: Name
    owner: Owner
    currency: Currency
    timezone: Zone
    host: Host | None = None
    limits: PlanLimits = PlanLimits()

    def wanted(self) -> "identity.NewTenant":
        """For the command."""
        return identity.NewTenant(
            slug=self.slug,
            name=self.name,
            owner_email=self.owner.email,
            owner_name=self.owner.full_name,
            owner_password=self.owner.password,
            currency=self.currency,
            timezone=self.timezone,
            host=self.host,
            limits=self.limits.by_name(),
        )


class ChangeTenant(Body, frozen=True, kw_only=True):
    """What shall be otherwise. `limits` replaces all of them; slug and currency are for good.

    `stripeAccount` is the connected account that the tenant is paid into online; empty takes it away.
    """

    name: Name | None = None
    timezone: Zone | None = None
    limits: PlanLimits | None = None
    status: Literal["active", "suspended", "closed"] | None = None
    reason: Reason | None = None
    stripe_account: Annotated[str, msgspec.Meta(max_length=255)] | None = None

    def changes(self) -> "identity.TenantChanges":
        """For the command."""
        return identity.TenantChanges(
            name=self.name,
            timezone=self.timezone,
            limits=self.limits.by_name() if self.limits is not None else None,
            status=TenantStatus(self.status) if self.status is not None else None,
            reason=self.reason,
            stripe_account=self.stripe_account,
        )


class HostBody(Body, frozen=True, kw_only=True):
    """A host name, and whether it is the main one."""

    host: Host
    is_primary: bool = False


class TenantsQuery(PageQuery, frozen=True, kw_only=True):
    """`status` chooses those of one status."""

    status: TenantStatus | None = None
