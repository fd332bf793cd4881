"""Signing in and out by cookie, for people at our own pages."""

import time
from datetime import datetime
from uuid import UUID

import msgspec
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from apps.auth.actors import SESSION_SIGN_IN, SESSION_TENANT, actor_of_session, sign_in_of
from apps.auth.mfa.checking import NOTHING_GIVEN, MfaRequired, Proof, check_second_factor
from apps.auth.models import Membership, User
from apps.auth.origin import Origin, origin_of
from apps.auth.page_sessions import public_in_sight
from apps.auth.providers.configured import Identity
from apps.auth.providers.persons import link_person
from apps.auth.providers.telling import tell_of_link
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
    tenant = tenancy.find_current()
    tenant_id = tenant.id if tenant else None
    with public_in_sight():
        user = check_credentials(
            email=email, password=password, address=origin_of(request).address, tenant_id=tenant_id
        )
        return admit_at_page(request, user)


def admit_at_page(
    request: HttpRequest, user: User, *, identity: Identity | None = None, proof: Proof = NOTHING_GIVEN
) -> Actor:
    """The same for whom a provider has vouched for by this `identity`, which is linked with the sign-in; or a passkey.

    Runs where the public schema is visible. Raises what `sign_in_page` does but for the password, and LinkedElsewhere.
    """
    tenant = tenancy.find_current()
    tenant_id = tenant.id if tenant else None
    try:
        sign_in_id = _open(user, tenant, origin_of(request), at=clock.now(), proof=proof, identity=identity)
    except MfaRequired:
        request.session.flush()
        vouched = msgspec.to_builtins(identity)
        request.session[_HALFWAY] = [str(user.id), user.get_session_auth_hash(), str(tenant_id), time.time(), vouched]
        raise
    return _begun(request, user, tenant_id, sign_in_id)


def finish_sign_in_page(request: HttpRequest, *, proof: Proof) -> Actor:
    """Sign in who has shown a moment ago who they are, with the second factor.

    Raises MfaRequired for a wrong one, InvalidCredentials where it was too long ago, and what `sign_in_page` does.
    """
    tenant, origin = tenancy.find_current(), origin_of(request)
    tenant_id = tenant.id if tenant else None
    with public_in_sight():
        user, identity = _halfway(request, tenant_id)
        sign_in_id = _open(user, tenant, origin, at=clock.now(), proof=proof, identity=identity)
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


def _halfway(request: HttpRequest, tenant_id: UUID | None) -> tuple[User, Identity | None]:
    kept = request.session.get(_HALFWAY)
    if kept is not None:
        user_id, password, tenant, since, vouched = kept
        user = User.objects.filter(id=user_id, is_active=True).first()
        fresh = time.time() - since < _HALFWAY_SECONDS and tenant == str(tenant_id)
        if user is not None and fresh and constant_time_compare(password, user.get_session_auth_hash()):
            return user, msgspec.convert(vouched, Identity | None)
        request.session.flush()
    raise InvalidCredentials("That took too long; begin again.")


def _open(
    user: User,
    tenant: TenantRef | None,
    origin: Origin,
    *,
    at: datetime,
    proof: Proof = NOTHING_GIVEN,
    identity: Identity | None = None,
) -> UUID:
    with transaction.atomic():
        lock_checked_user(user, at=at)
        tenant_id = tenant.id if tenant else None
        check_second_factor(user, proof=proof, origin=origin, tenant_id=tenant_id, at=at)
        if tenant is None:
            if not user.is_platform_admin:
                raise NotAMember("This is the platform's own address: sign in at your yard's.")
        else:
            _require_membership(user, tenant)
            require_allowed(present_rules(tenant.id), origin.address)
        if identity is not None and link_person(identity, user, tenant_id=tenant_id, at=at):
            tell_of_link(identity, user, tenant)
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
