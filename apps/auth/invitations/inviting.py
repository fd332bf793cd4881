"""Inviting, asking again, taking back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.auth.commands.granting import get_role_permissions, grantor_of, lock_tenant
from apps.auth.commands.members import MEMBERS, AlreadyAMember, OwnerEverywhere
from apps.auth.models import Invitation, Membership, User
from apps.auth.page_sessions import public_in_sight
from apps.auth.roles import Role
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.reach import Locations

GOOD_FOR = timedelta(days=7)


class AlreadyInvited(Conflict):
    code, title = "already_invited", "This person is invited already"


class InvitationNotFound(NotFound):
    code, title = "invitation_not_found", "There is no such open invitation here"


def invite(*, email: str, role: str, locations: Locations, tenant_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """Ask a person to become a member; the e-mail is the caller's to have written.

    Raises AlreadyInvited, AlreadyAMember, OwnerEverywhere, GrantsTooMuch, NotYourLocations, Invalid.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid.field("email", "invalid", "email: Write it like name@example.com.") from error
    try:
        with public_in_sight(), transaction.atomic():
            _require_granting(actor, tenant_id, role, locations)
            if role == Role.OWNER and locations is not None:
                raise OwnerEverywhere("Give the person all locations, or another role.")
            if Membership.everybody.filter(user__email=email, tenant_id=tenant_id).exists():
                raise AlreadyAMember("Change the role of the membership that exists.")
            _open(tenant_id).filter(email=email, expires_at__lte=at).update(withdrawn_at=at)
            made = Invitation.objects.create(
                tenant_id=tenant_id, email=email, role=role,
                locations=None if locations is None else sorted(locations),
                invited_by=_inviter(actor), created_at=at, expires_at=at + GOOD_FOR,
            )  # fmt: skip
            _audit("invitation.made", made, actor)
    except IntegrityError as error:
        raise AlreadyInvited("Send the invitation again, or withdraw it.") from error
    return made


def renew_invitation(*, invitation_id: UUID, tenant_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """Have an invitation be good for seven days from now; the e-mail is the caller's to have written.

    Raises InvitationNotFound, GrantsTooMuch, NotYourLocations.
    """
    with public_in_sight(), transaction.atomic():
        invitation = _locked(invitation_id, tenant_id, actor)
        invitation.expires_at = at + GOOD_FOR
        invitation.save(update_fields=["expires_at"])
        _audit("invitation.renewed", invitation, actor)
    return invitation


def withdraw_invitation(*, invitation_id: UUID, tenant_id: UUID, actor: Actor, at: datetime) -> None:
    """Take an invitation back. Raises InvitationNotFound, GrantsTooMuch, NotYourLocations."""
    with public_in_sight(), transaction.atomic():
        invitation = _locked(invitation_id, tenant_id, actor)
        invitation.withdrawn_at = at
        invitation.save(update_fields=["withdrawn_at"])
        _audit("invitation.withdrawn", invitation, actor)


def _locked(invitation_id: UUID, tenant_id: UUID, actor: Actor) -> Invitation:
    invitation = _open(tenant_id).select_for_update(no_key=True).filter(id=invitation_id).first()
    if invitation is None:
        raise InvitationNotFound("Check its id; it may have been accepted or withdrawn.")
    places = None if invitation.locations is None else frozenset(invitation.locations)
    _require_granting(actor, tenant_id, invitation.role, places)
    return invitation


def _open(tenant_id: UUID) -> QuerySet[Invitation]:
    return Invitation.objects.filter(tenant_id=tenant_id, accepted_at=None, withdrawn_at=None)


def _require_granting(actor: Actor, tenant_id: UUID, role: str, locations: Locations) -> None:
    lock_tenant(tenant_id)
    grantor = grantor_of(actor, tenant_id=tenant_id)
    grantor.require(MEMBERS)
    grantor.require_holding(get_role_permissions(role, tenant_id=tenant_id), at=locations)


def _inviter(actor: Actor) -> User:
    assert actor.id is not None, "only a person of the tenant holds what it takes to invite"
    return User.objects.get(id=actor.id)


def _audit(action: str, one: Invitation, actor: Actor) -> None:
    told = {"email": one.email, "role": one.role, "locations": one.locations, "expiresAt": one.expires_at}
    audit.record(action, audit.Subject("invitation", one.id), actor=actor, tenant_id=one.tenant_id, after=told)
