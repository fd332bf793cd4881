"""Signing in and out with a cookie, and what every page of a tenant needs to know of its reader."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.tenancy import TenantRef

from .actors import SESSION_TENANT, actor_of_session
from .models import Domain, Membership, User
from .roles import WRITE, Role, may

BOARD, GATE, ADMIN, SIGN_IN, SIGN_OUT = "/", "/gate/", "/admin/", "/sign-in/", "/sign-out/"
DEMO_PASSWORD = "parking-demo"
_ADMIN_ROLES = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER, Role.AUDITOR})
_SHOWN_IN_DEMO = 8

WRONG = {"title": "Wrong e-mail or password", "detail": "Check both and try again."}
MemberPage = Callable[[HttpRequest, Actor], HttpResponse]


def seal(response: HttpResponse, form_targets: str = "'self'") -> HttpResponse:
    """Let the page load and send nothing but our own: no inline script or style, no other host."""
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    return response


def member_page(page: MemberPage) -> Callable[[HttpRequest], HttpResponse]:
    """A page of one tenant for its members; everyone else is sent to sign in first."""

    @wraps(page)
    @require_safe
    @never_cache
    def guarded(request: HttpRequest) -> HttpResponse:
        actor = actor_of_session(request) if tenancy.find_current() else None
        if actor is None:
            here = request.get_full_path()
            return redirect(SIGN_IN) if here == BOARD else redirect_to_login(here, SIGN_IN)
        return seal(page(request, actor))

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
        "gate_path": GATE if may(actor.role, "entries", WRITE) else "",
        "admin_path": ADMIN if actor.role in _ADMIN_ROLES else "",
        "sign_in_path": SIGN_IN,
        "sign_out_path": SIGN_OUT,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form of a tenant's host; on the platform's own host, the way to the tenants' hosts."""
    tenant = tenancy.find_current()
    if tenant is None:
        return _landing(request)
    following = _following(request)
    if request.method != "POST":
        return redirect(following) if actor_of_session(request) else _form(request, tenant)
    user = auth.authenticate(request, username=_typed(request, "email"), password=request.POST.get("password", ""))
    if not isinstance(user, User):
        return _form(request, tenant, problem=WRONG)
    if not Membership.objects.filter(user=user, tenant_id=tenant.id).exists():
        return _form(request, tenant, problem=_not_a_member(tenant))
    auth.login(request, user)
    request.session[SESSION_TENANT] = str(tenant.id)
    return redirect(following)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the cookie's session and show the sign-in form again."""
    auth.logout(request)
    return redirect(SIGN_IN)


def _form(request: HttpRequest, tenant: TenantRef, problem: dict[str, str] | None = None) -> HttpResponse:
    context = {
        "tenant": tenant,
        "problem": problem,
        "email": _typed(request, "email"),
        "next": _following(request),
        "demo_accounts": _demo_accounts(tenant) if settings.DEMO_MODE else [],
    }
    return seal(render(request, "auth/sign_in.html", context, status=422 if problem else 200))


def _not_a_member(tenant: TenantRef) -> dict[str, str]:
    return {
        "title": f"You are not a member of {tenant.name}",
        "detail": "Sign in at your own yard’s address, or ask an administrator here to add you.",
    }


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).strip()


def _following(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this host, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or BOARD
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else BOARD


def _demo_accounts(tenant: TenantRef) -> list[dict[str, str]]:
    members = Membership.objects.filter(tenant_id=tenant.id, user__email__endswith=f"@{tenant.slug}.example")
    rank = {role: place for place, role in enumerate(Role)}
    found = sorted(members.values_list("user__email", "role"), key=lambda row: rank[Role(row[1])])
    return [{"email": email, "role": role, "password": DEMO_PASSWORD} for email, role in found[:_SHOWN_IN_DEMO]]


def _landing(request: HttpRequest) -> HttpResponse:
    with tenancy.public():
        domains = Domain.objects.filter(is_primary=True).select_related("tenant").order_by("tenant__name")
        if settings.DEMO_MODE:
            yards = [_yard(request, domain) for domain in domains[:50]]
            return seal(render(request, "auth/landing.html", {"yards": yards}))
        asked = request.GET.get("yard", "").strip().lower()
        domain = domains.filter(tenant__slug=asked).first() if asked else None
    if domain is not None:
        return redirect(_yard(request, domain)["url"] + SIGN_IN.lstrip("/"))
    problem = {"title": f"There is no yard named {asked}", "detail": "Check the spelling."} if asked else None
    context: dict[str, Any] = {"yards": [], "asked": asked, "problem": problem, "host": request.get_host()}
    # The answer sends the browser on to the yard's own host, which the policy counts as the form's target.
    return seal(render(request, "auth/landing.html", context), form_targets="'self' http: https:")


def _yard(request: HttpRequest, domain: Domain) -> dict[str, str]:
    _, colon, port = request.get_host().rpartition(":")
    host = f"{domain.domain}{colon}{port}" if port.isdigit() else str(domain.domain)
    return {"name": domain.tenant.name, "host": host, "url": f"{request.scheme}://{host}/"}
