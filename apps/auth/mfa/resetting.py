"""Taking a second factor away from a person who has lost it, by one who may."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.auth.commands.ending import end_sessions
from apps.auth.commands.granting import get_role_permissions, grantor_of, lock_tenant
from apps.auth.commands.members import MEMBERS, MemberNotFound
from apps.auth.models import Membership, User
from apps.auth.page_sessions import public_in_sight
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Forbidden, NotFound

from .checking import has_second_factor
from .enrolling import MfaNotEnrolled, forget_factor, tell_tenants


class MemberElsewhere(Conflict):
    code, title = "member_elsewhere", "The platform's administrators reset this person's second factor"


class NotYourself(Forbidden):
    code, title = "not_yourself", "Nobody resets their own second factor"


def reset_mfa_of_member(*, user_id: UUID, tenant_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a member's second factor away; all their sign-ins end.

    Only by one who holds all that the member does, and not of oneself: a token that was found would do it. Who is
    a member of other tenants as well, or looks after the platform, is left to the platform: one tenant's admin does
    not open another's door. Raises MemberNotFound, GrantsTooMuch, NotYourLocations, NotYourself, MemberElsewhere,
    MfaNotEnrolled.
    """
    with public_in_sight(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
        lock_tenant(tenant_id)
        member = Membership.everybody.filter(user_id=user_id, tenant_id=tenant_id).first()
        if user is None or member is None:
            raise MemberNotFound("Check the user's id; it is not one of this tenant's members.")
        grantor = grantor_of(actor, tenant_id=tenant_id)
        grantor.require(MEMBERS)
        places = None if member.locations is None else frozenset(member.locations)
        grantor.require_holding(get_role_permissions(member.role, tenant_id=tenant_id), at=places)
        if user_id == actor.id:
            raise NotYourself("Use a recovery code, or ask a colleague.")
        if user.is_platform_admin or Membership.everybody.filter(user_id=user_id).exclude(id=member.id).exists():
            raise MemberElsewhere("Ask them: this account is good for more than this tenant.")
        _reset(user, at=at)
        audit.record("user.mfa_reset", audit.Subject("user", user_id), actor=actor, tenant_id=tenant_id)
    with public_in_sight():
        tell_tenants(user_id)


def reset_mfa(*, email: str, at: datetime) -> User:
    """The same for anybody, for whoever looks after the installation. Raises NotFound, MfaNotEnrolled."""
    with public_in_sight(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(email=email.strip().lower()).first()
        if user is None:
            raise NotFound(f"There is no user {email}.")
        _reset(user, at=at)
        audit.record("user.mfa_reset", audit.Subject("user", user.id))
    with public_in_sight():
        tell_tenants(user.id)
    return user


def _reset(user: User, *, at: datetime) -> None:
    if not has_second_factor(user.id):
        raise MfaNotEnrolled("There is nothing to reset.")
    forget_factor(user_id=user.id)
    end_sessions(user_id=user.id, why="second factor reset", at=at)
