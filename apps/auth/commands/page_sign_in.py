"""Signing in and out by cookie, for people at our own pages."""

from datetime import datetime
from uuid import UUID

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from apps.auth.actors import SESSION_SIGN_IN, SESSION_TENANT, actor_of_session, sign_in_of
from apps.auth.models import Membership, User
from apps.auth.origin import Origin, origin_of
from apps.auth.page_sessions import public_in_sight
from apps.auth.security.addresses import require_allowed
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import NotAMember, choose_membership
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.tenancy import TenantRef

from .credentials import check_credentials
from .ending import end_sessions_by_id
from .opening import note_sign_in, open_page_session
from .sign_in import lock_checked_user

BACKEND = "apps.auth.page_sessions.PageBackend"


def sign_in_page(request: HttpRequest, *, email: str, password: str) -> Actor:
    """Sign the sender of a form in to the tenant of the host; on the platform's host, platform administrators alone.

    The session gets a new key, the tenant's id and that of a sign-in, so that its cookie is nobody's on another host
    and ends with the sign-in. Raises InvalidCredentials, TooManyAttempts, NotAMember, TenantClosed, IpNotAllowed.
    """
    tenant, origin = tenancy.find_current(), origin_of(request)
    tenant_id = tenant.id if tenant else None
    with public_in_sight():
        user = check_credentials(email=email, password=password, address=origin.address, tenant_id=tenant_id)
        sign_in_id = _open(user, tenant, origin, at=clock.now())
        request.session.flush()  # else a session of this same user would keep its key
        auth.login(request, user, backend=BACKEND)
        request.user = user
        request.session[SESSION_TENANT] = str(tenant_id) if tenant_id else None
        request.session[SESSION_SIGN_IN] = str(sign_in_id)
        actor = actor_of_session(request)
    assert actor is not None
    return actor


def sign_out_page(request: HttpRequest) -> None:
    """End the cookie's session and its sign-in."""
    sign_in_id = sign_in_of(request)
    if sign_in_id is not None:
        end_sessions_by_id(session_ids=[sign_in_id], why="signed out", at=clock.now())
    auth.logout(request)


def _open(user: User, tenant: TenantRef | None, origin: Origin, *, at: datetime) -> UUID:
    with transaction.atomic():
        lock_checked_user(user, at=at)
        if tenant is None:
            if not user.is_platform_admin:
                raise NotAMember("This is the platform's own address: sign in at your yard's.")
        else:
            _require_membership(user, tenant)
            require_allowed(present_rules(tenant.id), origin.address)
        tenant_id = tenant.id if tenant else None
        session = open_page_session(user=user, tenant_id=tenant_id, at=at, origin=origin)
        note_sign_in("user.signed_in", session.id, user=user, tenant_id=tenant_id)
        return session.id


def _require_membership(user: User, tenant: TenantRef) -> None:
    own = Membership.objects.filter(user=user, tenant_id=tenant.id).select_related("tenant")
    try:
        choose_membership(list(own), slug=tenant.slug)
    except NotAMember:
        raise NotAMember(
            f"Ask an administrator of {tenant.name} to add you, or sign in at your own yard's address."
        ) from None
