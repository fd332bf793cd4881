"""Signing in and out with a cookie, and what every page of a tenant needs to know of its reader."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import reach, tenancy
from apps.core.actor import Actor
from apps.core.api.bodies import decode_body
from apps.core.errors import DomainError
from apps.core.security_headers import page_policy
from apps.core.tenancy import TenantRef

from .actors import actor_of_session
from .api.passkey_bodies import GivenAssertion, given_assertion
from .commands import demo
from .commands.page_sign_in import finish_sign_in_page, is_halfway, sign_in_page, sign_out_page
from .mfa.checking import MfaRequired, Proof
from .models import Domain
from .page_paths import (
    ADMIN,
    BOARD,
    GATE,
    INVOICES,
    PAYMENTS,
    SECOND_FACTOR,
    SHIFTS,
    SIGN_IN,
    SIGN_OUT,
    TARIFFS,
    TILL,
    WAYS_IN,
    following,
)
from .passkeys.signing_in import sign_in_page_by_passkey
from .providers.configured import offered
from .roles import READ, WRITE
from .standing import has_permission

_SHOWN_IN_DEMO = 50
MemberPage = Callable[..., HttpResponse]


def seal(response: HttpResponse, form_targets: str = "'self'") -> HttpResponse:
    """Let the page load and send nothing but our own: no inline script or style, no other host."""
    response["Content-Security-Policy"] = page_policy(form_targets=form_targets)
    return response


def member_page(page: MemberPage) -> Callable[..., HttpResponse]:
    """A page of one tenant for its members; everyone else is sent to sign in first.

    It is called with the request, the actor, and by name with the parts of its address.
    """

    @wraps(page)
    @require_safe
    @never_cache
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
        actor = actor_of_session(request) if tenancy.find_current() else None
        if actor is None:
            if actor_of_session(request, enrolling=True) is not None:
                return redirect(SECOND_FACTOR)
            here = request.get_full_path()
            return redirect(SIGN_IN) if here == BOARD else redirect_to_login(here, SIGN_IN)
        with reach.narrowed_to(actor.locations):
            return seal(page(request, actor, **parts))

    return guarded


def page_context(request: HttpRequest, actor: Actor, *, place: str) -> dict[str, Any]:
    """What the bar at the top of a page shows: tenant, person, role, the places that the role may open, this one."""
    return {
        "place": place,
        "tenant": tenancy.current(),
        "user": request.user,
        "role": actor.role,
        "demo": settings.DEMO_MODE,
        "home_path": BOARD,
        "board_path": BOARD if has_permission(actor=actor, resource="occupancy", action=READ) else "",
        "gate_path": GATE if has_permission(actor=actor, resource="entries", action=WRITE) else "",
        "tariffs_path": TARIFFS if has_permission(actor=actor, resource="rates", action=READ) else "",
        "payments_path": PAYMENTS if has_permission(actor=actor, resource="payments", action=READ) else "",
        "till_path": TILL if has_permission(actor=actor, resource="shifts", action=WRITE) else "",
        "shifts_path": SHIFTS if has_permission(actor=actor, resource="shift-counts", action=READ) else "",
        "invoices_path": INVOICES if has_permission(actor=actor, resource="invoices", action=READ) else "",
        "admin_path": ADMIN if has_permission(actor=actor, resource="admin", action=READ) else "",
        "sign_in_path": SIGN_IN,
        "sign_out_path": SIGN_OUT,
        "ways_in_path": WAYS_IN,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", "code")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form to sign in. The platform's own host shows the way to the tenants' hosts first: few sign in there."""
    if request.method == "POST":
        return _signed_in(request)
    if tenancy.find_current() is None and "next" not in request.GET:
        return _landing(request)
    if actor_of_session(request) is not None:
        return redirect(following(request))
    return redirect(SECOND_FACTOR) if actor_of_session(request, enrolling=True) else sign_in_form(request)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the cookie's session and show the sign-in form again."""
    sign_out_page(request)
    return redirect(SIGN_IN)


def _signed_in(request: HttpRequest) -> HttpResponse:
    try:
        if "signed" in request.POST:
            _by_passkey(request)
        elif "code" in request.POST:
            finish_sign_in_page(request, proof=Proof(code=_typed(request, "code")[:100]))
        else:
            sign_in_page(request, email=_typed(request, "email"), password=request.POST.get("password", ""))
    except MfaRequired as refusal:
        return sign_in_form(request, refusal, step="code")
    except DomainError as refusal:
        return sign_in_form(request, refusal)
    return redirect(following(request))


def _by_passkey(request: HttpRequest) -> None:
    """With what a passkey signed: alone, or after the password where the form says that a code was asked for."""
    given = given_assertion(decode_body(_typed(request, "signed").encode(), GivenAssertion))
    assert given is not None, "there is one or it is refused"
    if request.POST.get("passkey") == "code":
        finish_sign_in_page(request, proof=Proof(passkey=given))
    else:
        sign_in_page_by_passkey(request, assertion=given)


def sign_in_form(
    request: HttpRequest, problem: DomainError | None = None, *, step: str = "password", wanted: str = ""
) -> HttpResponse:
    """The form, at the step that is missing; `wanted` is where to go after, where the request does not say it."""
    tenant = tenancy.find_current()
    context = {
        "tenant": tenant,
        "problem": problem if step == "password" or {"code", "signed"} & request.POST.keys() else None,
        "step": "code" if is_halfway(request) and step == "code" else "password",
        "email": _typed(request, "email"),
        "asked": json.dumps(problem.facts["passkey"]) if problem and "passkey" in problem.facts else "",
        "next": wanted or following(request),
        "providers": offered(),
        "demo_accounts": _demo_accounts(tenant) if settings.DEMO_MODE else [],
    }
    page = seal(render(request, "auth/sign_in.html", context, status=problem.status if problem else 200))
    if problem is not None and problem.retry_after_seconds is not None:
        page["Retry-After"] = str(problem.retry_after_seconds)
    page.refusal = problem  # type: ignore[attr-defined]  # for the audit trail
    return page


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).strip()


def _demo_accounts(tenant: TenantRef | None) -> list[dict[str, str]]:
    if tenant is None:
        return [{"email": demo.PLATFORM_ADMIN, "role": "platform", "password": demo.PASSWORD}]
    names = next((names for slug, *_, names in demo.TENANTS if slug == tenant.slug), ())
    return [{"email": f"{name}@{tenant.slug}.example", "role": name, "password": demo.PASSWORD} for name in names]


def _landing(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"host": request.get_host(), "admin_path": f"{SIGN_IN}?next={ADMIN}"}
    with tenancy.public():
        domains = Domain.objects.filter(is_primary=True).select_related("tenant").order_by("tenant__name")
        if settings.DEMO_MODE:
            yards = [_yard(request, domain) for domain in domains[:_SHOWN_IN_DEMO]]
            return seal(render(request, "auth/landing.html", {**context, "yards": yards}))
        asked = request.GET.get("yard", "").strip().lower()
        domain = domains.filter(tenant__slug=asked).first() if asked else None
    if domain is not None:
        return redirect(_yard(request, domain)["url"] + SIGN_IN.lstrip("/"))
    if asked:
        context |= {"asked": asked, "problem": {"title": f"There is no yard named {asked}", "detail": "Check it."}}
    # The answer sends the browser on to the yard's own host, which the policy counts as the form's target.
    return seal(render(request, "auth/landing.html", context), form_targets="'self' http: https:")


def _yard(request: HttpRequest, domain: Domain) -> dict[str, str]:
    _, colon, port = request.get_host().rpartition(":")
    host = f"{domain.domain}{colon}{port}" if port.isdigit() else str(domain.domain)
    return {"name": domain.tenant.name, "host": host, "url": f"{request.scheme}://{host}/"}
