"""Accepting an invitation: the link says who may, a password who they are."""

from datetime import datetime

from django.db import transaction

from apps.auth.commands.credentials import check_credentials, rules_of_person
from apps.auth.commands.members import add_member
from apps.auth.commands.password_reset import LinkInvalid
from apps.auth.models import Invitation, Membership, User
from apps.auth.providers.configured import Identity
from apps.auth.security.passwords import check_password
from apps.auth.security.remembered import present_rules
from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden
from apps.core.tenancy import TenantRef, TenantStatus

from .sending import digest_of


class WrongAddress(Forbidden):
    code, title = "wrong_address", "This invitation is for another address"


def accept_invitation(
    *, token: str, password: str, full_name: str, host_tenant: TenantRef | None, address: str, at: datetime
) -> Membership:
    """Become a member, with what the inviter may still give at this moment.

    Who has an account gives its password, and it stays what it is; else `password` becomes that of the new one. Nobody
    is signed in by it. Raises LinkInvalid, InvalidCredentials, TooManyAttempts, AlreadyAMember, GrantsTooMuch,
    NotYourLocations, Invalid.
    """
    with tenancy.public():
        invitation = find_invitation(token=token, host_tenant=host_tenant, at=at)
        known = User.objects.filter(email=invitation.email).first()
        if known is not None and known.has_usable_password():
            check_credentials(email=known.email, password=password, address=address, tenant_id=invitation.tenant_id)
        else:
            rules = [present_rules(invitation.tenant_id), *rules_of_person(known)]
            person = known or User(email=invitation.email, full_name=full_name)
            check_password(password, user=person, rules=rules, field="password")
        return _accepted(token=token, host_tenant=host_tenant, password=password, full_name=full_name, at=at)


def accept_invitation_as(*, token: str, identity: Identity, host_tenant: TenantRef | None, at: datetime) -> Membership:
    """The same for whom a provider vouches; a new account has no password until its owner asks for one.

    Raises WrongAddress where the provider knows the person by another address, or has not verified it, and what
    `accept_invitation` does.
    """
    with tenancy.public():
        invitation = find_invitation(token=token, host_tenant=host_tenant, at=at)
        if identity.email != invitation.email:
            raise WrongAddress(f"It is for {invitation.email}: sign in with the account of that address.")
        return _accepted(token=token, host_tenant=host_tenant, password=None, full_name=identity.name, at=at)


def _accepted(
    *, token: str, host_tenant: TenantRef | None, password: str | None, full_name: str, at: datetime
) -> Membership:
    with transaction.atomic():
        digest = digest_of(token)
        # of two who accept at once the second waits here, and finds it accepted
        Invitation.objects.select_for_update(no_key=True).filter(digest=digest).first()
        invitation = find_invitation(token=token, host_tenant=host_tenant, at=at)
        user = _account(invitation.email, password, full_name.strip())
        member = add_member(
            user_id=user.id,
            tenant_id=invitation.tenant_id,
            role=invitation.role,
            actor=_inviter(invitation),
            locations=None if invitation.locations is None else frozenset(invitation.locations),
        )
        Invitation.objects.filter(id=invitation.id).update(accepted_at=at)
    return member


def find_invitation(*, token: str, host_tenant: TenantRef | None, at: datetime) -> Invitation:
    """The open invitation of a link, at its own tenant's host or the platform's. Raises LinkInvalid."""
    open_ones = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)
    found = open_ones.filter(digest=digest_of(token), tenant__status=TenantStatus.ACTIVE)
    invitation = found.select_related("tenant", "invited_by").first()
    if invitation is None or (host_tenant is not None and host_tenant.id != invitation.tenant_id):
        raise LinkInvalid("Ask whoever invited you to send it again.")
    return invitation


def _account(email: str, password: str | None, full_name: str) -> User:
    user = User.objects.select_for_update(no_key=True).filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, password, full_name=full_name)
    if not user.is_active:
        raise LinkInvalid("This account has been deactivated.")
    if password is not None and not user.has_usable_password():
        user.set_password(password)
        user.full_name = user.full_name or full_name
        user.save(update_fields=["password", "full_name"])
    return user


def _inviter(invitation: Invitation) -> Actor:
    who = invitation.invited_by
    return Actor(kind=ActorKind.USER, id=who.id, name=who.get_full_name(), tenant_id=invitation.tenant_id)
