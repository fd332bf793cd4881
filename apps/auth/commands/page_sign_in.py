"""Signing in and out by cookie, for people at our own pages."""

import time
from datetime import datetime
from uuid import UUID

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from apps.auth.actors import SESSION_SIGN_IN, SESSION_TENANT, actor_of_session, sign_in_of
from apps.auth.mfa.checking import MfaRequired, check_second_factor
from apps.auth.models import Membership, User
from apps.auth.origin import Origin, origin_of
from apps.auth.page_sessions import public_in_sight
from apps.auth.security.addresses import require_allowed
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import NotAMember, choose_membership
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.tenancy import TenantRef

from .credentials import InvalidCredentials, check_credentials
from .ending import end_sessions_by_id
from .opening import note_sign_in, open_page_session
from .sign_in import lock_checked_user

BACKEND = "apps.auth.page_sessions.PageBackend"
_HALFWAY, _HALFWAY_SECONDS = "sign_in_halfway", 300


def sign_in_page(request: HttpRequest, *, email: str, password: str) -> Actor:
    """Sign the sender of a form in to the tenant of the host; on the platform's host, platform administrators alone.

    The session gets a new key, the tenant's id and that of a sign-in, so that its cookie is nobody's on another host
    and ends with the sign-in. Raises MfaRequired where a code is needed, which `finish_sign_in_page` takes
    within five minutes and at this host alone; further InvalidCredentials, TooManyAttempts, NotAMember, TenantClosed,
    IpNotAllowed.
    """
    tenant, origin = tenancy.find_current(), origin_of(request)
    tenant_id = tenant.id if tenant else None
    with public_in_sight():
        user = check_credentials(email=email, password=password, address=origin.address, tenant_id=tenant_id)
        try:
            sign_in_id = _open(user, tenant, origin, at=clock.now())
        except MfaRequired:
            request.session.flush()
            request.session[_HALFWAY] = [str(user.id), user.get_session_auth_hash(), str(tenant_id), time.time()]
            raise
        return _begun(request, user, tenant_id, sign_in_id)


def finish_sign_in_page(request: HttpRequest, *, code: str) -> Actor:
    """Sign in whose password was right a moment ago, with a code of the second factor.

    Raises MfaRequired for a wrong one, InvalidCredentials where it was too long ago, and what `sign_in_page` does.
    """
    tenant, origin = tenancy.find_current(), origin_of(request)
    tenant_id = tenant.id if tenant else None
    with public_in_sight():
        user = _halfway(request, tenant_id)
        sign_in_id = _open(user, tenant, origin, at=clock.now(), code=code)
        return _begun(request, user, tenant_id, sign_in_id)


def is_halfway(request: HttpRequest) -> bool:
    """Whether only the code is missing."""
    return _HALFWAY in request.session


def sign_out_page(request: HttpRequest) -> None:
    """End the cookie's session and its sign-in."""
    sign_in_id = sign_in_of(request)
    if sign_in_id is not None:
        end_sessions_by_id(session_ids=[sign_in_id], why="signed out", at=clock.now())
    auth.logout(request)


def _begun(request: HttpRequest, user: User, tenant_id: UUID | None, sign_in_id: UUID) -> Actor:
    request.session.flush()  # else a session of this same user would keep its key
    auth.login(request, user, backend=BACKEND)
    request.user = user
    request.session[SESSION_TENANT] = str(tenant_id) if tenant_id else None
    request.session[SESSION_SIGN_IN] = str(sign_in_id)
    actor = actor_of_session(request, enrolling=True)
    assert actor is not None
    return actor


def _halfway(request: HttpRequest, tenant_id: UUID | None) -> User:
    kept = request.session.get(_HALFWAY)
    if kept is not None:
        user_id, password, tenant, since = kept
        user = User.objects.filter(id=user_id, is_active=True).first()
        fresh = time.time() - since < _HALFWAY_SECONDS and tenant == str(tenant_id)
        if user is not None and fresh and constant_time_compare(password, user.get_session_auth_hash()):
            return user
        request.session.flush()
    raise InvalidCredentials("That took too long; begin again with your password.")


def _open(user: User, tenant: TenantRef | None, origin: Origin, *, at: datetime, code: str | None = None) -> UUID:
    with transaction.atomic():
        lock_checked_user(user, at=at)
        tenant_id = tenant.id if tenant else None
        check_second_factor(user, code=code, address=origin.address, tenant_id=tenant_id, at=at)
        if tenant is None:
            if not user.is_platform_admin:
                raise NotAMember("This is the platform's own address: sign in at your yard's.")
        else:
            _require_membership(user, tenant)
            require_allowed(present_rules(tenant.id), origin.address)
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
