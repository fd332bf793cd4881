"""Who is what in which tenant. A change ends the sign-ins whose tokens still say otherwise."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.auth.models import Membership, Tenant, User
from apps.auth.roles import Role
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid, NotFound

from .ending import end_sessions


class AlreadyAMember(Conflict):
    code, title = "already_a_member", "This person is a member already"


class LastOwner(Conflict):
    code, title = "last_owner", "A tenant keeps at least one owner"


def add_member(*, user_id: UUID, tenant_id: UUID, role: str) -> Membership:
    """Make a person a member. Raises AlreadyAMember, NotFound, and Invalid for an unknown role."""
    _check_role(role)
    try:
        with tenancy.public(), transaction.atomic():
            return Membership.objects.create(user_id=user_id, tenant_id=tenant_id, role=role)
    except IntegrityError as error:
        if "membership_once" not in str(error):
            raise NotFound("There is no such user or tenant.") from error
        raise AlreadyAMember("Change the role of the membership that exists.") from error


def change_role(*, membership_id: UUID, role: str, at: datetime) -> Membership:
    """Give a member another role; their sign-ins in this tenant end, for their tokens name the old one.

    Raises LastOwner, NotFound, and Invalid for an unknown role.
    """
    _check_role(role)
    with tenancy.public(), transaction.atomic():
        membership = _lock(membership_id)
        if membership.role == role:
            return membership
        if membership.role == Role.OWNER:
            _refuse_last_owner(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        end_sessions(
            user_id=membership.user_id,
            tenant_id=membership.tenant_id,
            why="role changed",
            at=at,
            pages=False,
        )
    return membership


def remove_member(*, membership_id: UUID, at: datetime) -> None:
    """End a membership and the member's sign-ins in that tenant. Raises LastOwner, NotFound."""
    with tenancy.public(), transaction.atomic():
        membership = _lock(membership_id)
        if membership.role == Role.OWNER:
            _refuse_last_owner(membership)
        membership.delete()
        end_sessions(user_id=membership.user_id, tenant_id=membership.tenant_id, why="no longer a member", at=at)


def deactivate_user(*, user_id: UUID, at: datetime) -> None:
    """Shut a person out of every tenant at once; their pages' sessions stop by themselves. Raises NotFound."""
    with tenancy.public(), transaction.atomic():
        if not User.objects.filter(id=user_id).update(is_active=False):
            raise NotFound("There is no such user.")
        end_sessions(user_id=user_id, why="user deactivated", at=at)


def reactivate_user(*, user_id: UUID) -> None:
    """Let a deactivated person sign in again. Raises NotFound."""
    with tenancy.public():
        if not User.objects.filter(id=user_id).update(is_active=True):
            raise NotFound("There is no such user.")


def _check_role(role: str) -> None:
    if role not in set(Role):
        raise Invalid.field("role", "unknown", f"{role} is no role; the roles are {', '.join(Role)}.")


def _lock(membership_id: UUID) -> Membership:
    tenant_id = Membership.objects.filter(id=membership_id).values_list("tenant_id", flat=True).first()
    # The tenant's row comes first: two owners who leave at once would both find the other still there
    Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id).first()
    membership = Membership.objects.select_for_update(no_key=True).filter(id=membership_id).first()
    if membership is None:
        raise NotFound("There is no such membership.")
    return membership


def _refuse_last_owner(membership: Membership) -> None:
    if Membership.objects.filter(tenant_id=membership.tenant_id, role=Role.OWNER).count() <= 1:
        raise LastOwner("Make somebody else an owner first.")
