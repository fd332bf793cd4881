"""Changing a refresh token for a new pair. Each is good once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.auth import tokens
from apps.auth.models import Membership, SignInSession
from apps.auth.tenant_choice import NotAMember, TenantMismatch
from apps.auth.tokens import InvalidToken, TokenPair
from apps.core import tenancy
from apps.core.errors import DomainError, Unauthenticated
from apps.core.tenancy import TenantRef

from .ending import end_session
from .opening import issue


class RefreshTokenReused(Unauthenticated):
    code, title = "refresh_token_reused", "This refresh token was used before"


def refresh(*, refresh_token: str, host_tenant: TenantRef | None, at: datetime) -> TokenPair:
    """A new pair of the same sign-in, with the role that the person has now; the token given is spent.

    A spent token that comes again is in two hands, and nobody knows which is the thief's: the sign-in ends for
    both (RFC 9700, section 4.14.2). Of two at once one wins, by the row's lock. Raises InvalidToken,
    RefreshTokenReused, TenantMismatch, NotAMember.
    """
    session_id, jti = tokens.read_refresh(refresh_token)
    with tenancy.public():
        with transaction.atomic():
            session = lock_session(session_id)
            outcome = spend(session, jti=jti, host_tenant=host_tenant, at=at)
        if isinstance(outcome, DomainError):  # raised only now: the session's end must be committed
            raise outcome
    return outcome


def lock_session(session_id: UUID) -> SignInSession:
    """The sign-in's row, held until the transaction ends. Raises InvalidToken where there is none."""
    sessions = SignInSession.objects.select_for_update(of=("self",)).select_related("user", "tenant")
    session = sessions.filter(id=session_id).first()
    if session is None:
        raise InvalidToken("This sign-in is not known; sign in again.")
    return session


def spend(session: SignInSession, *, jti: UUID, host_tenant: TenantRef | None, at: datetime) -> TokenPair | DomainError:
    """The next pair, or why there is none; a refusal that ends the session has ended it."""
    if session.ended_at is not None or session.expires_at <= at:
        return InvalidToken("This sign-in has ended; sign in again.")
    if jti != session.refresh_jti:
        end_session(session, why="refresh token reused", at=at)
        return RefreshTokenReused("The sign-in has ended, for the token may be stolen; sign in again.")
    if host_tenant is not None and host_tenant.id != session.tenant_id:
        return TenantMismatch(f"Sign in at {host_tenant.slug}, or refresh at your own tenant's host.")
    if not session.user.is_active:
        end_session(session, why="user deactivated", at=at)
        return InvalidToken("This user has been deactivated.")
    role = ""
    if session.tenant_id is not None:
        membership = Membership.objects.filter(user_id=session.user_id, tenant_id=session.tenant_id).first()
        if membership is None:
            end_session(session, why="no longer a member", at=at)
            return NotAMember("You are no longer a member of this tenant.")
        role = membership.role
    pair = issue(session, role=role, at=at)
    session.save(update_fields=["refresh_jti", "refreshed_at", "expires_at"])
    return pair
