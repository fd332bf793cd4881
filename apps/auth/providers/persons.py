"""Whose account an identity opens, and the link that is made the first time."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.auth.commands.ending import end_sessions
from apps.auth.models import ProviderIdentity, User
from apps.auth.tenant_choice import NotAMember
from apps.core import audit, tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Conflict, Forbidden, NotFound

from .configured import Identity

_HOW_TO_VERIFY = {
    "microsoft": (
        "Microsoft does not say that your organisation owns your address's domain. Sign in with your password; the "
        "platform's administrators can have Microsoft say it (the optional claim xms_edov)."
    )
}


class EmailUnverified(Forbidden):
    code, title = "email_unverified", "The provider has not verified your e-mail address"


class LinkedElsewhere(Conflict):
    code, title = "linked_elsewhere", "Another account at this provider is linked"


class LinkedToAnother(Conflict):
    code, title = "linked_to_another", "That account at the provider opens somebody else's account here"


class IdentityNotFound(NotFound):
    code, title = "identity_not_found", "There is no such link of yours"


def find_person(identity: Identity) -> User:
    """The active user whose account this opens: by the link, else, the first time, by the verified address.

    An address that nobody here has, and one of a deactivated user, are told like that of a user who is in another
    tenant. Raises EmailUnverified, NotAMember, LinkedElsewhere. Runs where the public schema is visible.
    """
    link = _links(identity).select_related("user").first()
    if link is None and not identity.email:
        raise EmailUnverified(_HOW_TO_VERIFY.get(identity.provider, "Verify it there, or sign in with your password."))
    user = link.user if link else User.objects.filter(email=identity.email).first()
    if user is None or not user.is_active:
        raise NotAMember("Ask an administrator of yours to invite you, by the address that the provider knows.")
    if link is None:
        _refuse_second(identity, user)
    return user


def link_person(identity: Identity, user: User, *, tenant_id: UUID | None, at: datetime) -> bool:
    """Note the use of a link, or make it; gives whether it is new, then the person is to be told by e-mail.

    Runs in the transaction of the sign-in, which holds the user's row, so one person is linked once. Of two persons
    who would be linked to one account the second is refused, also at once and after a while between the two factors.
    Raises LinkedElsewhere, LinkedToAnother.
    """
    if _links(identity).filter(user=user).update(last_used_at=at):
        return False
    _refuse_second(identity, user)
    made = _linked(identity, user, at=at)
    person = Actor(kind=ActorKind.USER, id=user.id, name=user.full_name or user.email)
    told = {"provider": identity.provider, "email": identity.email}
    audit.record(
        "user.provider_linked", audit.Subject("provider_identity", made.id), actor=person, tenant_id=tenant_id,
        after=told,
    )  # fmt: skip
    return True


def _linked(identity: Identity, user: User, *, at: datetime) -> ProviderIdentity:
    try:
        with transaction.atomic():
            return ProviderIdentity.objects.create(
                user=user, provider=identity.provider, subject=identity.subject, email=identity.email,
                linked_at=at, last_used_at=at,
            )  # fmt: skip
    except IntegrityError as taken:
        raise LinkedToAnother("Sign in with the account it opens, or take the link away there.") from taken


def list_links(*, user_id: UUID) -> list[ProviderIdentity]:
    """One's own, by provider."""
    with tenancy.public():
        return list(ProviderIdentity.objects.filter(user_id=user_id).order_by("provider"))


def unlink(*, identity_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a link away; all other sign-ins of the person end, for one of them may be by it. Raises IdentityNotFound."""
    assert actor.id is not None, "keys are refused before"
    with tenancy.public(), transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=actor.id)
        link = ProviderIdentity.objects.filter(id=identity_id, user_id=actor.id).first()
        if link is None:
            raise IdentityNotFound("See GET auth/identities for those that there are.")
        told = {"provider": link.provider, "email": link.email}
        link.delete()
        end_sessions(user_id=actor.id, why="provider unlinked", at=at, but=actor.session_id)
        audit.record(
            "user.provider_unlinked", audit.Subject("provider_identity", identity_id), actor=actor,
            tenant_id=actor.tenant_id, before=told,
        )  # fmt: skip


def _links(identity: Identity) -> QuerySet[ProviderIdentity]:
    return ProviderIdentity.objects.filter(provider=identity.provider, subject=identity.subject)


def _refuse_second(identity: Identity, user: User) -> None:
    if ProviderIdentity.objects.filter(user=user, provider=identity.provider).exists():
        raise LinkedElsewhere("Use that one, or take it away first (DELETE auth/identities/{id}).")
