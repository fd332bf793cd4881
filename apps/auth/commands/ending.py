"""Ending sign-ins: one by signing out, or all of a person's when what their tokens say is no longer true."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.auth import live_sessions, tokens
from apps.auth.models import SignInKind, SignInSession
from apps.auth.tenant_choice import TenantMismatch
from apps.core import audit, tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFound
from apps.core.tenancy import TenantRef


class SignInNotFound(NotFound):
    code, title = "sign_in_not_found", "There is no such sign-in of yours"


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
        _audit(session, "signed out")


def end_own_sign_in(*, session_id: UUID, user_id: UUID, at: datetime) -> None:
    """End one of a person's own sign-ins, wherever it is. Raises SignInNotFound for one that is not, or has ended."""
    with tenancy.public(), transaction.atomic():
        session = SignInSession.objects.select_for_update().filter(id=session_id, user_id=user_id).first()
        if session is None or session.ended_at is not None:
            raise SignInNotFound("See GET auth/sessions for those that there are.")
        end_session(session, why="ended by the person", at=at)
        _audit(session, "ended by the person")


def end_session(session: SignInSession, *, why: str, at: datetime) -> None:
    """End one sign-in whose row the caller has locked.

    Redis is told at once and keeps it for longer than an access token lives. Should the transaction fail after all,
    that token stays refused: the safe way round. What Redis did not hear is noted, for the tick that tells it again.
    """
    told = live_sessions.mark_ended(session.id)
    if session.ended_at is None:
        session.ended_at, session.ended_why, session.end_untold = at, why, not told
        session.save(update_fields=["ended_at", "ended_why", "end_untold"])


def end_sessions(
    *,
    user_id: UUID,
    tenant_id: UUID | None = None,
    why: str,
    at: datetime,
    but: UUID | None = None,
    pages: bool = True,
) -> int:
    """End all sign-ins of a user, or those in one tenant. Gives how many. Runs in the caller's transaction.

    `but` names one that goes on. Without `pages` those by cookie go on, for a page looks up the role on each request.
    The caller has locked the user or the membership, so that no sign-in is being opened meanwhile.
    """
    sessions = SignInSession.objects.filter(user_id=user_id)
    if tenant_id is not None:
        sessions = sessions.filter(tenant_id=tenant_id)
    if not pages:
        sessions = sessions.filter(kind=SignInKind.TOKEN)
    return _end_all(sessions.exclude(id=but) if but else sessions, why=why, at=at)


def end_sessions_of_tenant(*, tenant_id: UUID, why: str, at: datetime) -> int:
    """End all sign-ins in a tenant, as when it closes. Gives how many. Runs in the caller's transaction."""
    return _end_all(SignInSession.objects.filter(tenant_id=tenant_id), why=why, at=at)


def end_sessions_by_id(*, session_ids: Iterable[UUID], why: str, at: datetime) -> int:
    """End these sign-ins, whosever they are. Gives how many were still open."""
    with tenancy.public(), transaction.atomic():
        chosen = list(session_ids)
        for session in SignInSession.objects.filter(id__in=chosen, ended_at=None).select_related("user"):
            _audit(session, why)
        return _end_all(SignInSession.objects.filter(id__in=chosen), why=why, at=at)


def tell_untold_ends() -> int:
    """Tell Redis the ends that it missed while it was away. Gives how many it heard now."""
    told = 0
    with tenancy.public(), transaction.atomic():
        untold = SignInSession.objects.filter(end_untold=True).order_by("id")
        for session in untold.select_for_update(skip_locked=True)[:1_000]:
            if not live_sessions.mark_ended(session.id):
                break
            SignInSession.objects.filter(id=session.id).update(end_untold=False)
            told += 1
    return told


def _audit(session: SignInSession, why: str) -> None:
    """Sign-ins that end because of another change are told by that one."""
    user = session.user
    name = user.full_name or user.email
    person = Actor(kind=ActorKind.USER, id=user.id, name=name, session_id=session.id)
    subject = audit.Subject("sign_in", session.id)
    actor = audit.acting() if why == "ended by the platform" else person
    audit.record("user.signed_out", subject, actor=actor, tenant_id=session.tenant_id, after={"why": why})


def _end_all(sessions: QuerySet[SignInSession], *, why: str, at: datetime) -> int:
    # In the order of their ids: two who end the same ones would otherwise wait for each other
    chosen = sessions.filter(ended_at=None, expires_at__gt=at).order_by("id")
    open_ones = list(chosen.select_for_update(of=("self",)))
    for session in open_ones:
        end_session(session, why=why, at=at)
    return len(open_ones)
