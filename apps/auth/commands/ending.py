"""Ending sign-ins: one by signing out, or all of a person's when what their tokens say is no longer true."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.auth import live_sessions, tokens
from apps.auth.models import SignInSession
from apps.auth.tenant_choice import TenantMismatch
from apps.core import tenancy
from apps.core.tenancy import TenantRef


def sign_out(*, refresh_token: str, host_tenant: TenantRef | None, at: datetime) -> None:
    """End the sign-in of a refresh token, spent or not; its access tokens stop with the next request.

    Ending it twice is no error. Raises InvalidToken, and TenantMismatch where the host is another tenant's.
    """
    session_id, _ = tokens.read_refresh(refresh_token)
    with tenancy.public(), transaction.atomic():
        session = SignInSession.objects.select_for_update().filter(id=session_id).first()
        if session is None:
            return
        if host_tenant is not None and host_tenant.id != session.tenant_id:
            raise TenantMismatch(f"Sign out at your own tenant's host, not at {host_tenant.slug}'s.")
        end_session(session, why="signed out", at=at)


def end_session(session: SignInSession, *, why: str, at: datetime) -> None:
    """End one sign-in whose row the caller has locked.

    Redis is told at once and keeps it for longer than an access token lives. Should the transaction fail after all,
    that token stays refused: the safe way round.
    """
    if session.ended_at is None:
        session.ended_at, session.ended_why = at, why
        session.save(update_fields=["ended_at", "ended_why"])
    live_sessions.mark_ended(session.id)


def end_sessions(*, user_id: UUID, tenant_id: UUID | None = None, why: str, at: datetime) -> int:
    """End all sign-ins of a user, or those in one tenant. Gives how many. Runs in the caller's transaction.

    The caller has locked the user or the membership, so that no sign-in is being opened meanwhile.
    """
    sessions = SignInSession.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=at)
    if tenant_id is not None:
        sessions = sessions.filter(tenant_id=tenant_id)
    open_ones = list(sessions.select_for_update(of=("self",)))
    for session in open_ones:
        end_session(session, why=why, at=at)
    return len(open_ones)


def end_sessions_by_id(*, session_ids: list[UUID], why: str, at: datetime) -> int:
    """End these sign-ins, whosever they are. Gives how many were still open."""
    with tenancy.public(), transaction.atomic():
        chosen = SignInSession.objects.filter(id__in=session_ids, ended_at=None).order_by("id")
        for session in (open_ones := list(chosen.select_for_update(of=("self",)))):
            end_session(session, why=why, at=at)
    return len(open_ones)
