"""Opening a sign-in: the row that its tokens name, and the first pair of them."""

from datetime import datetime

from rest_framework_simplejwt.settings import api_settings

from apps.auth import tokens
from apps.auth.models import Membership, SignInSession, User
from apps.auth.tokens import TokenPair
from apps.core.ids import new_id


def open_session(*, user: User, membership: Membership | None, at: datetime) -> TokenPair:
    """A new sign-in in the membership's tenant; without one, in none. Runs in the caller's transaction."""
    session = SignInSession(id=new_id(), user=user, tenant=membership.tenant if membership else None)
    pair = issue(session, role=membership.role if membership else "", at=at)
    session.created_at = at
    session.save(force_insert=True)
    return pair


def issue(session: SignInSession, *, role: str, at: datetime) -> TokenPair:
    """The session's next pair of tokens; its refresh token is now the one that is not spent. The caller saves."""
    pair = tokens.issue_pair(
        session_id=session.id,
        user_id=session.user_id,
        tenant_id=session.tenant_id,
        role=role,
        name=session.user.full_name or session.user.email,
        admin=session.user.is_platform_admin,
    )
    session.refresh_jti = pair.refresh_jti
    session.refreshed_at = at
    session.expires_at = at + api_settings.REFRESH_TOKEN_LIFETIME
    return pair
