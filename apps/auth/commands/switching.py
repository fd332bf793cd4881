"""Moving to another of one's tenants without the password."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.auth.models import SignInKind, SignInSession, User
from apps.auth.origin import Origin
from apps.auth.security.addresses import require_allowed
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import choose_membership
from apps.auth.tokens import read_refresh
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Unauthenticated

from .ending import end_session
from .opening import note_sign_in, open_session
from .sign_in import SignedIn, locked_memberships
from .signing_keys import ensure_signing_key


def switch_tenant(*, actor: Actor, tenant_slug: str, origin: Origin, at: datetime) -> SignedIn:
    """Open a sign-in in another tenant and end the actor's present one, so that signing out leaves nothing behind.

    Raises NotAMember for a tenant that the actor is not in, TenantClosed, and IpNotAllowed by the other tenant's
    rules; then the present sign-in stays.
    """
    assert actor.id is not None, "only people switch"
    ensure_signing_key(at=at)
    with tenancy.public(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=actor.id, is_active=True).first()
        if user is None:
            raise Unauthenticated("This user has been deactivated.")
        memberships = locked_memberships(user)
        chosen = choose_membership(memberships, slug=tenant_slug)
        require_allowed(present_rules(chosen.tenant_id if chosen else None), origin.address)
        if actor.session_id is not None:
            _leave(actor.session_id, at=at)
        pair = open_session(user=user, membership=chosen, at=at, origin=origin)
        session_id, _ = read_refresh(pair.refresh)
        note_sign_in("user.switched_tenant", session_id, user=user, tenant_id=chosen.tenant_id if chosen else None)
    return SignedIn(user=user, membership=chosen, memberships=memberships, pair=pair)


def _leave(session_id: UUID, *, at: datetime) -> None:
    present = SignInSession.objects.select_for_update().get(id=session_id)
    if present.ended_at is not None:  # a rival switch or a sign-out came first
        raise Unauthenticated("This sign-in has ended; sign in again.")
    if present.kind == SignInKind.PAGE:  # a cookie is its host's alone, and its page stays as it is
        return
    end_session(present, why="switched tenant", at=at)
