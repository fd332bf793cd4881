"""Reading who is what. Each runs where the public schema is in sight, or enters it."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import NotFound

from .commands.members import MemberNotFound
from .commands.own_roles import RoleNotFound
from .models import ApiKey, Membership, OwnRole, User
from .page_sessions import public_in_sight
from .roles import PERMISSIONS
from .standing import has_permission, read_standings, standing_among


def get_user(*, user_id: UUID) -> User:
    """The user. Raises NotFound."""
    with tenancy.public():
        user = User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def list_memberships(*, user_id: UUID) -> list[Membership]:
    """A user's memberships with their tenants, by the tenant's name."""
    with tenancy.public():
        found = Membership.objects.filter(user_id=user_id).select_related("tenant")
        return list(found.order_by("tenant__name", "tenant__slug"))


def is_permitted(*, actor: Actor, user_id: UUID, resource: str, action: str) -> bool:
    """Whether a user may do something in the actor's tenant. One who is no active member there may do nothing."""
    if actor.tenant_id is None:
        return False
    if user_id == actor.id:
        return has_permission(actor=actor, resource=resource, action=action)
    with public_in_sight():
        members = Membership.objects.filter(user_id=user_id, tenant_id=actor.tenant_id, user__is_active=True)
        role = members.values_list("role", flat=True).first()
        if role is None:
            return False
        standing = standing_among(read_standings(tenant_id=actor.tenant_id), role=role, user_id=user_id)
    return (resource, action) in (PERMISSIONS[role] if standing.permissions is None else standing.permissions)


def list_members(*, tenant_id: UUID) -> QuerySet[Membership]:
    """All members of a tenant with their users, those who are shut out as well."""
    return Membership.everybody.filter(tenant_id=tenant_id).select_related("user")


def get_member(*, tenant_id: UUID, user_id: UUID) -> Membership:
    """The membership of a user. Raises MemberNotFound, also for a user who is only in other tenants."""
    member = list_members(tenant_id=tenant_id).filter(user_id=user_id).first()
    if member is None:
        raise MemberNotFound("Check the user's id; it is not one of this tenant's members.")
    return member


def list_own_roles(*, tenant_id: UUID) -> QuerySet[OwnRole]:
    """The tenant's own roles by name."""
    return OwnRole.objects.filter(tenant_id=tenant_id).order_by("name")


def get_own_role(*, tenant_id: UUID, name: str) -> OwnRole:
    """One of the tenant's own roles. Raises RoleNotFound."""
    role = list_own_roles(tenant_id=tenant_id).filter(name=name).first()
    if role is None:
        raise RoleNotFound("Check the role's name; it is not one of this tenant.")
    return role


def list_api_keys(*, tenant_id: UUID) -> QuerySet[ApiKey]:
    """The tenant's keys, the revoked ones as well, with their secrets' prefixes."""
    return ApiKey.objects.filter(tenant_id=tenant_id).prefetch_related("secrets")


def active_members_among(*, tenant_id: UUID, user_ids: Iterable[UUID | None]) -> frozenset[UUID]:
    """Which of these users are active members of a tenant."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    members = Membership.objects.filter(tenant_id=tenant_id, user_id__in=wanted, user__is_active=True)
    return frozenset(members.values_list("user_id", flat=True))
