"""What one who acts may do: the one place that answers, from the permission table, own roles and narrowings.

Built-in roles are in the table (`roles.py`). A tenant's own roles, and which of its members are narrowed to some
locations, are remembered per process (`generations.py`): no request costs a database query for them.
"""

from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.reach import Locations

from . import generations
from .models import Membership, OwnRole, Passkey, SecondFactor
from .page_sessions import public_in_sight
from .roles import PERMISSIONS, Permissions, within

NOTHING: Permissions = frozenset()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a role permits, and where. `permissions` None: what the table says of the built-in role.

    `has_mfa` says whether the person has a second factor.
    """

    permissions: Permissions | None
    locations: Locations = None
    has_mfa: bool = False


class _TenantStandings(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's own roles by name, its narrowed members by user id, and those who have a second factor."""

    roles: dict[str, Permissions]
    narrowed: dict[UUID, frozenset[UUID]]
    with_mfa: frozenset[UUID]


def _load(tenant_id: UUID | None) -> _TenantStandings:
    with public_in_sight():  # the admin asks inside of its transaction
        return _read_platforms() if tenant_id is None else read_standings(tenant_id=tenant_id)


def _read_platforms() -> _TenantStandings:
    """Of those who have entered no tenant: they may do nothing by a role, and administrators may have a factor."""
    factors = SecondFactor.objects.filter(user__is_platform_admin=True, confirmed_at__isnull=False)
    keys = Passkey.objects.filter(user__is_platform_admin=True)
    return _TenantStandings(roles={}, narrowed={}, with_mfa=_users_of(factors, keys))


def read_standings(*, tenant_id: UUID) -> _TenantStandings:
    """The same from the database. Runs where the public schema is visible."""
    roles = OwnRole.objects.filter(tenant_id=tenant_id)
    members = Membership.objects.filter(tenant_id=tenant_id, locations__isnull=False)
    factors = SecondFactor.objects.filter(user__memberships__tenant_id=tenant_id, confirmed_at__isnull=False)
    keys = Passkey.objects.filter(user__memberships__tenant_id=tenant_id)
    return _TenantStandings(
        roles={role.name: role.permission_set() for role in roles},
        narrowed={user: frozenset(places or ()) for user, places in members.values_list("user_id", "locations")},
        with_mfa=_users_of(factors, keys),
    )


def _users_of(factors: QuerySet[SecondFactor], keys: QuerySet[Passkey]) -> frozenset[UUID]:
    return frozenset([*factors.values_list("user_id", flat=True), *keys.values_list("user_id", flat=True)])


_memory: generations.Memory[UUID | None, _TenantStandings] = generations.Memory(_load)


def mark_name(tenant_id: UUID | None) -> str:
    """The name of the mark under which a tenant's standings are remembered."""
    return f"standings:{tenant_id}"


def standing_of(*, tenant_id: UUID | None, role: str, user_id: UUID) -> Standing:
    """What a member with this role may do now, and where; of one who has entered no tenant, nothing."""
    return standing_under(
        generations.read_mark(name=mark_name(tenant_id)), tenant_id=tenant_id, role=role, user_id=user_id
    )


def standing_under(mark: generations.Mark, *, tenant_id: UUID | None, role: str, user_id: UUID) -> Standing:
    """The same under a mark (`mark_name`) that was asked for along with something else."""
    return standing_among(_memory.get(tenant_id, mark=mark), role=role, user_id=user_id)


def standing_among(known: _TenantStandings, *, role: str, user_id: UUID) -> Standing:
    """The same, from standings that were read before."""
    locations, has_mfa = known.narrowed.get(user_id), user_id in known.with_mfa
    if locations is None and role in PERMISSIONS:
        return Standing(permissions=None, has_mfa=has_mfa)
    own = PERMISSIONS[role] if role in PERMISSIONS else known.roles.get(role, NOTHING)
    permissions = within(own, narrowed=locations is not None)
    return Standing(permissions=permissions, locations=locations, has_mfa=has_mfa)


def standings_changed(*, tenant_id: UUID | None) -> None:
    """Tell every process that a role, a member's locations or second factor changed, once that is committed.

    Without a tenant: who looks after the platform, or their second factor.
    """
    name = mark_name(tenant_id)
    if tenancy.in_transaction():
        transaction.on_commit(lambda: generations.announce_change(name=name))
    else:
        generations.announce_change(name=name)


def permissions_of(actor: Actor) -> Permissions:
    """All that an actor may do in their tenant."""
    if actor.permissions is not None:
        return actor.permissions
    return within(PERMISSIONS.get(actor.role, NOTHING), narrowed=actor.locations is not None)


def has_permission(*, actor: Actor, resource: str, action: str) -> bool:
    """Whether an actor may do something with a resource; an unknown role, resource or action permits nothing."""
    return (resource, action) in permissions_of(actor)
