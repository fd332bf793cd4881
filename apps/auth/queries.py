"""Reading who is what. Each runs in the public schema by itself."""

from uuid import UUID

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import NotFound

from .models import Membership, User
from .roles import may


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
        return may(actor.role, resource, action)
    with tenancy.public():
        members = Membership.objects.filter(user_id=user_id, tenant_id=actor.tenant_id, user__is_active=True)
        role = members.values_list("role", flat=True).first()
    return role is not None and may(role, resource, action)
