"""Opening a sign-in: the row that its tokens or its cookie name, and the first pair of tokens."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.settings import api_settings

from apps.auth import tokens
from apps.auth.attempts import network_of
from apps.auth.models import Membership, SignInKind, SignInSession, User
from apps.auth.origin import Origin
from apps.auth.tokens import TokenPair
from apps.core import audit
from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id

NOWHERE_KNOWN = Origin()


def open_session(
    *, user: User, membership: Membership | None, at: datetime, origin: Origin = NOWHERE_KNOWN
) -> TokenPair:
    """A new sign-in in the membership's tenant; without one, in none. Runs in the caller's transaction."""
    session = _new(user=user, tenant_id=membership.tenant_id if membership else None, at=at, origin=origin)
    pair = issue(session, role=membership.role if membership else "", at=at)
    session.save(force_insert=True)
    return pair


def open_page_session(*, user: User, tenant_id: UUID | None, at: datetime, origin: Origin) -> SignInSession:
    """A new sign-in by cookie in a tenant or, without one, at the platform. Runs in the caller's transaction."""
    session = _new(user=user, tenant_id=tenant_id, at=at, origin=origin)
    session.kind = SignInKind.PAGE
    session.refresh_jti, session.expires_at = new_id(), at + settings.SIGN_IN_LIFETIME
    session.save(force_insert=True)
    return session


def note_sign_in(action: str, session_id: UUID, *, user: User, tenant_id: UUID | None) -> None:
    """Have the audit trail say that a person signed in. Runs in the transaction that opens the sign-in."""
    person = Actor(kind=ActorKind.USER, id=user.id, name=user.full_name or user.email, session_id=session_id)
    audit.record(action, audit.Subject("sign_in", session_id), actor=person, tenant_id=tenant_id)


def issue(session: SignInSession, *, role: str, at: datetime) -> TokenPair:
    """The session's next pair of tokens; its refresh token is now the one that is not spent. The caller saves."""
    at = at.replace(microsecond=0)  # as tokens say it, so that the pair can be made again
    session.refresh_jti = new_id()
    session.refreshed_at = at
    session.expires_at = min(at + api_settings.REFRESH_TOKEN_LIFETIME, session.created_at + settings.SIGN_IN_LIFETIME)
    return pair_of(session, role=role)


def pair_of(session: SignInSession, *, role: str) -> TokenPair:
    """The pair that the session's last refresh gave: the same one, as long as role and name are."""
    return tokens.issue_pair(
        session_id=session.id,
        user_id=session.user_id,
        tenant_id=session.tenant_id,
        role=role,
        name=session.user.full_name or session.user.email,
        admin=session.user.is_platform_admin,
        refresh_jti=session.refresh_jti,
        expires_at=session.expires_at,
        at=session.refreshed_at,
    )


def _new(*, user: User, tenant_id: UUID | None, at: datetime, origin: Origin) -> SignInSession:
    return SignInSession(
        id=new_id(),
        user=user,
        tenant_id=tenant_id,
        created_at=at,
        refreshed_at=at,
        last_used_at=at,
        address=origin.address,
        network=network_of(origin.address),
        client=origin.client,
    )
