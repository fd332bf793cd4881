"""Signing in and out by cookie, for people at our own pages."""

from django.contrib import auth
from django.http import HttpRequest

from apps.auth.actors import SESSION_TENANT, actor_of_session
from apps.auth.models import Membership
from apps.auth.page_sessions import public_in_sight
from apps.auth.tenant_choice import NotAMember
from apps.core import tenancy
from apps.core.actor import Actor

from .credentials import check_credentials

BACKEND = "apps.auth.page_sessions.PageBackend"


def sign_in_page(request: HttpRequest, *, email: str, password: str) -> Actor:
    """Sign the sender of a form in to the tenant of the host; on the platform's host, platform administrators alone.

    The session gets a new key and the tenant's id, so that its cookie is nobody's on another host. Raises
    InvalidCredentials, TooManyAttempts, NotAMember.
    """
    tenant = tenancy.find_current()
    with public_in_sight():
        user = check_credentials(email=email, password=password, address=request.META.get("REMOTE_ADDR", ""))
        if tenant is None:
            if not user.is_platform_admin:
                raise NotAMember("This is the platform's own address: sign in at your yard's.")
        elif not Membership.objects.filter(user=user, tenant_id=tenant.id).exists():
            raise NotAMember(
                f"Ask an administrator of {tenant.name} to add you, or sign in at your own yard's address."
            )
        request.session.flush()  # else a session of this same user would keep its key
        auth.login(request, user, backend=BACKEND)
        request.user = user
        request.session[SESSION_TENANT] = str(tenant.id) if tenant else None
        actor = actor_of_session(request)
    assert actor is not None
    return actor


def sign_out_page(request: HttpRequest) -> None:
    """End the cookie's session."""
    auth.logout(request)
