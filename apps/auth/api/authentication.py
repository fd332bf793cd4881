"""Who sends a request: by access token or API key, or by the session cookie of our own pages."""

from typing import Any

from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.auth import directory, live_sessions, standing, tokens
from apps.auth.actors import actor_of_session
from apps.auth.keys.acting import actor_of_key, find_key_text
from apps.auth.mfa.requirement import MfaEnrollmentRequired, is_open_to_enrolling, must_enroll
from apps.auth.roles import FOR_SUPPORT
from apps.auth.security import remembered
from apps.auth.security.addresses import address_of, require_allowed
from apps.auth.signing import keyring
from apps.auth.tenant_choice import TenantMismatch
from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden

_HOW_TO_ENROLL = "Enroll one by POST auth/mfa/enroll and auth/mfa/confirm."


class CsrfFailed(Forbidden):
    code, title = "csrf_failed", "The request did not come from our own page"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`, or `Authorization: Api-Key <key>`."""

    def authenticate(self, request: Request) -> tuple[Actor, str] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if (key := find_key_text(request.META["HTTP_AUTHORIZATION"])) is not None:
            return actor_of_key(key, address=address_of(request._request)), key
        if scheme.lower() != "bearer":
            raise tokens.InvalidToken("Write the header as: Authorization: Bearer <access token>.")
        token, enrolling = token.strip(), is_open_to_enrolling(request._request.path_info)
        return actor_of_token(token, address=address_of(request._request), enrolling=enrolling), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="parking"'


def actor_of_token(token: str, *, address: str, watching: bool = False, enrolling: bool = False) -> Actor:
    """The actor that an access token names, seen at this IP address; one who is `watching` does not use the sign-in.

    Whether the sign-in holds, and whether keys, rules or tenants changed, is asked of Redis in one round trip. Raises
    InvalidToken for a bad, expired or ended one, TenantMismatch where the host names another tenant, IpNotAllowed, and,
    unless they are `enrolling`, MfaEnrollmentRequired.
    """
    ring = keyring.at_hand()
    claims = tokens.read_access(token)
    host_tenant = tenancy.find_current()
    if host_tenant is not None and host_tenant.id != claims.tenant_id:
        raise TenantMismatch(f"Sign in at {host_tenant.slug}, or switch by POST auth/switch-tenant.")
    asked = (keyring.MARK, remembered.mark_name(claims.tenant_id), standing.mark_name(claims.tenant_id), directory.MARK)
    state = live_sessions.state_of(claims.session_id, marks=asked, watching=watching)
    keys_mark, rules_mark, standings_mark, tenants_mark = state.marks
    directory.look_again_under(tenants_mark)
    if (newest := keyring.under(keys_mark)) is not ring:
        claims = tokens.read_access(token, ring=newest)
    if not state.live:
        raise tokens.InvalidToken("This sign-in has ended; sign in again.")
    rules = remembered.rules_of(claims.tenant_id, mark=rules_mark)
    require_allowed(rules, address)
    held = standing.standing_under(standings_mark, tenant_id=claims.tenant_id, role=claims.role, user_id=claims.user_id)
    if claims.support_id is None and must_enroll(rules, held) and not enrolling:
        raise MfaEnrollmentRequired(_HOW_TO_ENROLL)
    return Actor(
        kind=ActorKind.USER,
        id=claims.user_id,
        name=claims.name,
        role=claims.role,
        tenant_id=claims.tenant_id,
        session_id=claims.session_id,
        is_platform_admin=claims.is_platform_admin,
        permissions=held.permissions if claims.support_id is None else FOR_SUPPORT,
        locations=held.locations if claims.support_id is None else None,
        support_id=claims.support_id,
    )


class SessionAuthentication(BaseAuthentication):
    """The session cookie of a page, with Django's CSRF token on whatever writes."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        enrolling = is_open_to_enrolling(request._request.path_info)
        actor = actor_of_session(request._request, enrolling=enrolling)
        if actor is None:
            if not enrolling and actor_of_session(request._request, enrolling=True) is not None:
                raise MfaEnrollmentRequired(_HOW_TO_ENROLL)
            return None
        refusal = _Csrf(lambda _: None).process_view(request._request, None, (), {})  # type: ignore[arg-type]
        if refusal:
            raise CsrfFailed(f"Send the csrftoken cookie's value as X-CSRFToken ({refusal}).")
        return actor, None


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        return reason
