"""The actor behind a page's session cookie."""

from uuid import UUID

from django.http import HttpRequest

from apps.core import tenancy
from apps.core.actor import Actor, ActorKind

from . import directory
from .live_sessions import state_of
from .mfa.requirement import must_enroll
from .models import Membership, User
from .security.addresses import address_of, is_allowed
from .security.remembered import mark_name, rules_of
from .security.rules import SecurityRules
from .standing import standing_of

SESSION_TENANT, SESSION_SIGN_IN = "tenant_id", "sign_in_id"


def actor_of_session(request: HttpRequest, *, watching: bool = False, enrolling: bool = False) -> Actor | None:
    """Who is signed in on this host by cookie, or None. A cookie carried over from another tenant's host is nobody.

    One who is `watching` does not use the sign-in. One who has to enroll a second factor first is somebody only where
    that can be done (`enrolling`).
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not isinstance(user, User):
        return None
    tenant = tenancy.find_current()
    if request.session.get(SESSION_TENANT) != (str(tenant.id) if tenant else None):
        return None
    sign_in_id = sign_in_of(request)
    rules = _rules_if_held(sign_in_id, request, tenant.id if tenant else None, watching) if sign_in_id else None
    if rules is None:
        return None
    role = ""
    if tenant is not None:
        membership = Membership.objects.filter(user=user, tenant_id=tenant.id).only("role").first()
        if membership is None:
            return None
        role = membership.role
    standing = standing_of(tenant_id=tenant.id if tenant else None, role=role, user_id=user.id)
    if must_enroll(rules, standing) and not enrolling:
        return None
    return Actor(
        kind=ActorKind.USER,
        id=user.id,
        name=user.full_name or user.email,
        role=role,
        tenant_id=tenant.id if tenant else None,
        session_id=sign_in_id,
        is_platform_admin=user.is_platform_admin,
        permissions=standing.permissions,
        locations=standing.locations,
    )


def sign_in_of(request: HttpRequest) -> UUID | None:
    """The sign-in that a cookie belongs to; None where there is none."""
    kept = request.session.get(SESSION_SIGN_IN)
    return UUID(kept) if kept else None


def _rules_if_held(
    sign_in_id: UUID, request: HttpRequest, tenant_id: UUID | None, watching: bool
) -> SecurityRules | None:
    state = state_of(sign_in_id, marks=(mark_name(tenant_id), directory.MARK), watching=watching)
    directory.look_again_under(state.marks[1])
    rules = rules_of(tenant_id, mark=state.marks[0])
    return rules if state.live and is_allowed(rules, address_of(request)) else None
