"""The pages' way to a provider and back. Links lead there, so no form has to be let out of our host."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.auth.mfa.checking import MfaRequired
from apps.auth.origin import site_of
from apps.auth.page_paths import following
from apps.auth.pages import sign_in_form
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.errors import DomainError

from .flows import GOOD_FOR, Flow, begin_at_page, find_flow
from .signing_in import code_for_front_end, count_attempt, forget_attempts, sign_in_page_by_provider

_LONGEST = 4000


@require_safe
@never_cache
def to_provider(request: HttpRequest, provider: str) -> HttpResponse:
    """Send the browser to a provider; `next` is where it goes after, `invitation` the token of one to accept."""
    tenant = tenancy.find_current()
    try:
        begun, secret = begin_at_page(
            provider=provider,
            origin=site_of(request),
            tenant=tenant.slug if tenant else None,
            following=following(request),
            invitation=_given(request, "invitation"),
            at=clock.now(),
        )
    except DomainError as refusal:
        return sign_in_form(request, refusal)
    answer = redirect(begun.url)
    answer.set_cookie(
        settings.SIGN_IN_PROVIDER_COOKIE, secret, max_age=int(GOOD_FOR.total_seconds()),
        httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return answer


@require_safe
@never_cache
def from_provider(request: HttpRequest, provider: str) -> HttpResponse:
    """Where a provider sends the browser back to, perhaps at another host of ours than the one it began at."""
    try:
        flow = find_flow(_given(request, "state"), provider=provider, at=clock.now())
        if not flow.challenge and urlsplit(flow.origin).netloc != request.get_host():
            return redirect(f"{flow.origin}{request.path}?{request.GET.urlencode()}")
        count_attempt(address=address_of(request), tenant_slug=flow.tenant)
    except DomainError as refusal:
        return sign_in_form(request, refusal)
    if flow.challenge:
        return _to_front_end(request, flow)
    answer = _signed_in(request, flow)
    answer.delete_cookie(settings.SIGN_IN_PROVIDER_COOKIE, samesite="Lax")
    return answer


def _signed_in(request: HttpRequest, flow: Flow) -> HttpResponse:
    cookie = request.COOKIES.get(settings.SIGN_IN_PROVIDER_COOKIE, "")
    try:
        sign_in_page_by_provider(
            request, flow, code=_given(request, "code"), error=_given(request, "error"), cookie=cookie
        )
    except MfaRequired as refusal:
        forget_attempts(address=address_of(request))
        return sign_in_form(request, refusal, step="code", wanted=flow.following)
    except DomainError as refusal:
        return sign_in_form(request, refusal, wanted=flow.following)
    forget_attempts(address=address_of(request))
    return redirect(flow.following)


def _to_front_end(request: HttpRequest, flow: Flow) -> HttpResponse:
    """Back to the front-end, with what it needs behind the `#`, which no server is sent."""
    try:
        code = code_for_front_end(flow, code=_given(request, "code"), error=_given(request, "error"), at=clock.now())
    except DomainError as refusal:
        answer = redirect(f"{flow.return_to}#{urlencode({'error': refusal.code})}")
        answer.refusal = refusal  # type: ignore[attr-defined]  # for the audit trail
        return answer
    forget_attempts(address=address_of(request))
    return redirect(f"{flow.return_to}#{urlencode({'code': code})}")


def _given(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:_LONGEST]
