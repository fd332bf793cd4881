"""Who is what in which tenant, and where. A change ends the sign-ins whose tokens still say otherwise.

`actor` is bound by what they hold (`granting.py`). Each runs where public tables are in sight: in the tenant, or, for
the platform, in none.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from apps.auth.models import Membership, User
from apps.auth.page_sessions import public_in_sight
from apps.auth.roles import WRITE, Permission, Role
from apps.auth.standing import standings_changed
from apps.auth.tenants.limits import require_room_for_member
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound
from apps.core.reach import Locations

from .ending import end_sessions
from .granting import Grantor, get_role_permissions, grantor_of, lock_tenant

MEMBERS: Permission = ("members", WRITE)


class AlreadyAMember(Conflict):
    code, title = "already_a_member", "This person is a member already"


class LastOwner(Conflict):
    code, title = "last_owner", "A tenant keeps at least one owner"


class OwnerEverywhere(Conflict):
    code, title = "owner_everywhere", "An owner looks after all locations"


class MemberNotFound(NotFound):
    code, title = "member_not_found", "There is no such member here"


class MemberChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a member; what is UNSET stays. `locations` None gives all back."""

    full_name: str | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    locations: Locations | msgspec.UnsetType = msgspec.UNSET


def add_member(
    *,
    user_id: UUID,
    tenant_id: UUID,
    role: str,
    actor: Actor,
    locations: Locations = None,
    full_name: str = "",
) -> Membership:
    """Make a person a member at some locations or at all.

    Raises AlreadyAMember, NotFound, OwnerEverywhere, GrantsTooMuch, NotYourLocations, and Invalid for an unknown role.
    """
    try:
        with public_in_sight(), transaction.atomic():
            lock_tenant(tenant_id)
            grantor = grantor_of(actor, tenant_id=tenant_id)
            grantor.require(MEMBERS)
            grantor.require_holding(get_role_permissions(role, tenant_id=tenant_id), at=locations)
            require_room_for_member(tenant_id)
            member = Membership(user_id=user_id, tenant_id=tenant_id, role=role, full_name=full_name)
            member.locations = _stored(locations, role=role)
            member.save(force_insert=True)
            audit.record("member.added", _subject(member), actor=actor, tenant_id=tenant_id, after=_told(member))
    except IntegrityError as error:
        if "membership_once" not in str(error):
            raise NotFound("There is no such user or tenant.") from error
        raise AlreadyAMember("Change the role of the membership that exists.") from error
    if locations is not None:
        standings_changed(tenant_id=tenant_id)
    return member


def change_role(*, membership_id: UUID, role: str, actor: Actor, at: datetime) -> Membership:
    """Give a member another role; their sign-ins in this tenant end, for their tokens name the old one.

    Raises LastOwner, MemberNotFound, OwnerEverywhere, GrantsTooMuch, NotYourLocations, and Invalid for an unknown role.
    """

    def act(member: Membership, grantor: Grantor) -> None:
        grantor.require_holding(get_role_permissions(role, tenant_id=member.tenant_id), at=_places(member))
        if member.role == role:
            return
        _stored(_places(member), role=role)
        if member.role == Role.OWNER:
            _refuse_last_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        end_sessions(user_id=member.user_id, tenant_id=member.tenant_id, why="role changed", at=at, pages=False)

    return _changed(membership_id, actor=actor, act=act)


def assign_role(*, user_id: UUID, role: str, actor: Actor, at: datetime) -> Membership:
    """Give a member of the current tenant another role; the same as `change_role` by the user's id."""
    members = Membership.everybody.filter(user_id=user_id, tenant_id=tenancy.current().id)
    membership_id = members.values_list("id", flat=True).first()
    if membership_id is None:
        raise MemberNotFound("Check the user's id; it is not one of this tenant's members.")
    return change_role(membership_id=membership_id, role=role, actor=actor, at=at)


def change_member(*, membership_id: UUID, changes: MemberChanges, actor: Actor, at: datetime) -> Membership:
    """Change what the tenant calls a member, shut them out of it or let them in again, and where they may act.

    All but a name ends their sign-ins in this tenant. Raises LastOwner, MemberNotFound, OwnerEverywhere, GrantsTooMuch,
    NotYourLocations.
    """

    def act(member: Membership, grantor: Grantor) -> None:
        before = (member.is_active, _places(member))
        if changes.full_name is not msgspec.UNSET:
            member.full_name = changes.full_name
        if changes.locations is not msgspec.UNSET:
            grantor.require_holding(get_role_permissions(member.role, tenant_id=member.tenant_id), at=changes.locations)
            member.locations = _stored(changes.locations, role=member.role)
        if changes.is_active is not msgspec.UNSET:
            if member.is_active and not changes.is_active and member.role == Role.OWNER:
                _refuse_last_owner(member)
            member.is_active = changes.is_active
        member.save(update_fields=["full_name", "locations", "is_active"])
        if (member.is_active, _places(member)) != before:
            end_sessions(user_id=member.user_id, tenant_id=member.tenant_id, why="membership changed", at=at)

    member = _changed(membership_id, actor=actor, act=act)
    standings_changed(tenant_id=member.tenant_id)
    return member


def remove_member(*, membership_id: UUID, actor: Actor, at: datetime) -> None:
    """End a membership and the member's sign-ins in that tenant; the user stays, as a member of others perhaps.

    Raises LastOwner, MemberNotFound, GrantsTooMuch, NotYourLocations.
    """

    def act(member: Membership, grantor: Grantor) -> None:
        if member.role == Role.OWNER:
            _refuse_last_owner(member)
        Membership.everybody.filter(id=member.id).delete()
        end_sessions(user_id=member.user_id, tenant_id=member.tenant_id, why="no longer a member", at=at)

    member = _changed(membership_id, actor=actor, act=act, action="member.removed")
    standings_changed(tenant_id=member.tenant_id)


def deactivate_user(*, user_id: UUID, at: datetime) -> None:
    """Shut a person out of every tenant at once; their pages' sessions stop by themselves. Raises NotFound.

    For the platform alone. It may be the last owner of a tenant: an account that was stolen has to be stopped.
    """
    with public_in_sight(), transaction.atomic():
        if not User.objects.filter(id=user_id).update(is_active=False):
            raise NotFound("There is no such user.")
        end_sessions(user_id=user_id, why="user deactivated", at=at)
        audit.record("user.deactivated", audit.Subject("user", user_id))


def reactivate_user(*, user_id: UUID) -> None:
    """Let a deactivated person sign in again. Raises NotFound."""
    with public_in_sight(), transaction.atomic():
        if not User.objects.filter(id=user_id).update(is_active=True):
            raise NotFound("There is no such user.")
        audit.record("user.reactivated", audit.Subject("user", user_id))


def _changed(
    membership_id: UUID, *, actor: Actor, act: Callable[[Membership, Grantor], None], action: str = "member.changed"
) -> Membership:
    """Have `act` change a membership that is locked, by one who holds all that the member has."""
    with public_in_sight(), transaction.atomic():
        member = _lock(membership_id)
        grantor = grantor_of(actor, tenant_id=member.tenant_id)
        grantor.require(MEMBERS)
        grantor.require_holding(get_role_permissions(member.role, tenant_id=member.tenant_id), at=_places(member))
        before = _told(member)
        act(member, grantor)
        after = {} if action == "member.removed" else _told(member)
        audit.record(action, _subject(member), actor=actor, tenant_id=member.tenant_id, before=before, after=after)
    return member


def _subject(member: Membership) -> audit.Subject:
    return audit.Subject("member", member.user_id)


def _told(member: Membership) -> dict[str, object]:
    return {
        "role": str(member.role),
        "fullName": member.full_name,
        "locations": member.locations,
        "isActive": member.is_active,
    }


def _lock(membership_id: UUID) -> Membership:
    tenant_id = Membership.everybody.filter(id=membership_id).values_list("tenant_id", flat=True).first()
    if tenant_id is None:
        raise MemberNotFound("Check the user's id; it is not one of this tenant's members.")
    # The tenant's row comes first: two owners who leave at once would both find the other still there
    lock_tenant(tenant_id)
    member = Membership.everybody.select_for_update(no_key=True, of=("self",)).filter(id=membership_id).first()
    if member is None:
        raise MemberNotFound("This member has just been removed.")
    return member


def _refuse_last_owner(member: Membership) -> None:
    owners = Membership.objects.filter(tenant_id=member.tenant_id, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(id=member.id).exists():
        raise LastOwner("Make somebody else an owner first.")


def _places(member: Membership) -> Locations:
    return None if member.locations is None else frozenset(member.locations)


def _stored(locations: Locations, *, role: str) -> list[UUID] | None:
    if role == Role.OWNER and locations is not None:
        raise OwnerEverywhere("Give the member all locations, or another role.")
    return None if locations is None else sorted(locations)
