"""Beginning and ending a support session. Both trails tell of it, the tenant's and the platform's."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from apps.auth import tokens
from apps.auth.attempts import network_of
from apps.auth.commands.ending import end_session
from apps.auth.commands.signing_keys import ensure_signing_key
from apps.auth.mfa.checking import has_second_factor
from apps.auth.mfa.requirement import MfaEnrollmentRequired
from apps.auth.models import SignInKind, SignInSession, SupportSession, Tenant, User
from apps.auth.origin import Origin
from apps.auth.page_sessions import public_in_sight
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import TenantClosed
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.core.ids import new_id
from apps.core.tenancy import TenantStatus

LONGEST_MINUTES = 60
LONGEST_REASON = 200


class SupportNotFound(NotFound):
    code, title = "support_session_not_found", "There is no such support session that goes on"


class NotSupport(Forbidden):
    code, title = "not_permitted", "This is for platform administrators"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A support session with its access token, which is shown this once and cannot be renewed."""

    session: SupportSession
    access: str


def begin_support(*, slug: str, reason: str, minutes: int, actor: Actor, origin: Origin, at: datetime) -> Begun:
    """Let one of the platform's people act in a tenant from `at` (UTC) on, for so many minutes.

    Raises Invalid without a reason and for more than an hour, NotFound, TenantClosed, NotSupport, and
    MfaEnrollmentRequired where the tenant asks for a second factor and they have none.
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid.field("reason", "required", f"Say in up to {LONGEST_REASON} characters why; the tenant reads it.")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Invalid.field("minutes", "out_of_range", f"Between 1 and {LONGEST_MINUTES} minutes.")
    assert actor.id is not None, "only people are platform administrators"
    ensure_signing_key(at=at)
    at = at.replace(microsecond=0)  # as the token says it
    with tenancy.public(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(
            id=actor.id, is_active=True, is_platform_admin=True
        ).first()  # fmt: skip
        if user is None:
            raise NotSupport("You are no platform administrator any more.")
        tenant = _open_tenant(slug)
        if present_rules(tenant.id).require_mfa and not has_second_factor(user.id):
            raise MfaEnrollmentRequired(f"{tenant.slug} asks for a second factor: enroll one, at the platform's host.")
        session = SupportSession(
            id=new_id(), tenant=tenant, user=user, sign_in_id=new_id(), reason=reason, started_at=at,
            ends_at=at + timedelta(minutes=minutes),
        )  # fmt: skip
        session.save(force_insert=True)
        _sign_in(session, origin).save(force_insert=True)
        access = tokens.issue_support_access(
            support_id=session.id, session_id=session.sign_in_id, user_id=user.id, tenant_id=tenant.id,
            name=shown_name(user, reason), ends_at=session.ends_at, at=at,
        )  # fmt: skip
        _tell("support.begun", session, actor=actor, after={"reason": reason, "minutes": minutes})
    return Begun(session=session, access=access)


def end_support(*, support_id: UUID, tenant_id: UUID | None, actor: Actor, at: datetime) -> None:
    """End a support session; its token stops with the next request. A tenant ends those in itself, and no others.

    Raises SupportNotFound for one that is over.
    """
    with public_in_sight(), transaction.atomic():
        going_on = SupportSession.objects.select_for_update(of=("self",)).select_related("tenant", "user")
        going_on = going_on.filter(id=support_id, ended_at=None, ends_at__gt=at)
        session = (going_on if tenant_id is None else going_on.filter(tenant_id=tenant_id)).first()
        if session is None:
            raise SupportNotFound("It is over, or its id is wrong.")
        session.ended_at = at
        session.save(update_fields=["ended_at"])
        sign_in = SignInSession.objects.select_for_update().filter(id=session.sign_in_id).first()
        if sign_in is not None:
            end_session(sign_in, why="support ended", at=at)
        _tell("support.ended", session, actor=actor, after={"endedAt": at})


def list_support(*, tenant_id: UUID) -> QuerySet[SupportSession]:
    """All support sessions in a tenant, past ones as well."""
    return SupportSession.objects.filter(tenant_id=tenant_id).select_related("user")


def shown_name(user: User, reason: str) -> str:
    """How a support session's actor is called wherever it acts, so that nobody takes them for a member."""
    return f"support: {user.full_name or user.email} ({reason})"


def _open_tenant(slug: str) -> Tenant:
    tenant: Tenant | None = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NotFound(f"There is no tenant {slug[:40]}.")
    if tenant.status not in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED):
        raise TenantClosed("There is nobody to help.")
    return tenant


def _sign_in(session: SupportSession, origin: Origin) -> SignInSession:
    return SignInSession(
        id=session.sign_in_id,
        user=session.user,
        tenant=session.tenant,
        kind=SignInKind.SUPPORT,
        refresh_jti=new_id(),  # of no token that was ever made
        created_at=session.started_at,
        refreshed_at=session.started_at,
        last_used_at=session.started_at,
        expires_at=session.ends_at,
        address=origin.address,
        network=network_of(origin.address),
        client=origin.client,
    )


def _tell(action: str, session: SupportSession, *, actor: Actor, after: dict[str, object]) -> None:
    subject = audit.Subject("support_session", session.id)
    audit.record(action, subject, actor=actor, tenant_id=session.tenant_id, after=after)
    told = after | {"tenant": session.tenant.slug}
    audit.record_for_platform(action, subject, actor=actor, after=told)
