"""Signing in and out with a cookie, and what every page of a tenant needs to know of its reader."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.core.security_headers import page_policy
from apps.core.tenancy import TenantRef

from .actors import actor_of_session
from .attempts import TooManyAttempts
from .commands import demo
from .commands.credentials import InvalidCredentials
from .commands.page_sign_in import finish_sign_in_page, is_halfway, sign_in_page, sign_out_page
from .mfa.checking import MfaRequired
from .models import Domain
from .roles import READ, WRITE
from .security.addresses import IpNotAllowed
from .standing import has_permission
from .tenant_choice import NotAMember, TenantClosed

_SHOWN_IN_DEMO = 50
BOARD, GATE, ADMIN, SIGN_IN, SIGN_OUT = "/", "/gate/", "/admin/", "/sign-in/", "/sign-out/"
TARIFFS = "/tariffs/"
SECOND_FACTOR = "/second-factor/"
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
        "board_path": BOARD,
        "gate_path": GATE if has_permission(actor=actor, resource="entries", action=WRITE) else "",
        "tariffs_path": TARIFFS if has_permission(actor=actor, resource="rates", action=READ) else "",
        "admin_path": ADMIN if has_permission(actor=actor, resource="admin", action=READ) else "",
        "sign_in_path": SIGN_IN,
        "sign_out_path": SIGN_OUT,
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
        return redirect(_following(request))
    return redirect(SECOND_FACTOR) if actor_of_session(request, enrolling=True) else _form(request)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the cookie's session and show the sign-in form again."""
    sign_out_page(request)
    return redirect(SIGN_IN)


def _signed_in(request: HttpRequest) -> HttpResponse:
    try:
        if "code" in request.POST:
            finish_sign_in_page(request, code=_typed(request, "code")[:100])
        else:
            sign_in_page(request, email=_typed(request, "email"), password=request.POST.get("password", ""))
    except MfaRequired as refusal:
        return _form(request, refusal, step="code")
    except (InvalidCredentials, NotAMember, TenantClosed, TooManyAttempts, IpNotAllowed) as refusal:
        return _form(request, refusal)
    return redirect(_following(request))


def _form(request: HttpRequest, problem: DomainError | None = None, step: str = "password") -> HttpResponse:
    tenant = tenancy.find_current()
    context = {
        "tenant": tenant,
        "problem": problem if step == "password" or "code" in request.POST else None,
        "step": "code" if is_halfway(request) and step == "code" else "password",
        "email": _typed(request, "email"),
        "next": _following(request),
        "demo_accounts": _demo_accounts(tenant) if settings.DEMO_MODE else [],
    }
    page = seal(render(request, "auth/sign_in.html", context, status=problem.status if problem else 200))
    page.refusal = problem  # type: ignore[attr-defined]  # for the audit trail
    return page


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).strip()


def _following(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this host, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or BOARD
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else BOARD


def _demo_accounts(tenant: TenantRef | None) -> list[dict[str, str]]:
    if tenant is None:
        return [{"email": demo.PLATFORM_ADMIN, "role": "platform", "password": demo.PASSWORD}]
    roles = next((roles for slug, *_, roles in demo.TENANTS if slug == tenant.slug), ())
    return [{"email": f"{role}@{tenant.slug}.example", "role": role, "password": demo.PASSWORD} for role in roles]


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
