"""The pages behind links in e-mails: a forgotten password, a new one, an invitation. None needs a script."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.auth.api.passwords import RESET_PAGE
from apps.auth.commands.password_reset import count_request, reset_password
from apps.auth.invitations.accepting import accept_invitation, find_invitation
from apps.auth.models import User
from apps.auth.page_paths import SIGN_IN
from apps.auth.page_sessions import public_in_sight
from apps.auth.pages import seal
from apps.auth.providers.configured import offered
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.errors import DomainError

from .tasks import mail_password_reset

_both = require_http_methods(["GET", "HEAD", "POST"])


@_both
@never_cache
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a link; what is said is the same whether the account exists or not."""

    def act() -> None:
        email = _typed(request, "email", 254)
        count_request(email=email, address=address_of(request))
        tenant = tenancy.find_current()
        mail_password_reset.delay(email, request.build_absolute_uri(RESET_PAGE), tenant.name if tenant else "Parking")

    return _answer(request, "auth/forgot_password.html", act, {"done": True})


@_both
@never_cache
@sensitive_post_parameters("password", "token")
def new_password(request: HttpRequest) -> HttpResponse:
    """Use the link for a new password."""

    def act() -> None:
        reset_password(token=_token(request), new=_typed(request, "password", 1000), at=clock.now())

    return _answer(request, "auth/reset_password.html", act, {"done": True})


@_both
@never_cache
@sensitive_post_parameters("password", "token")
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation, then sign in."""
    try:
        with public_in_sight():
            found = find_invitation(token=_token(request), host_tenant=tenancy.find_current(), at=clock.now())
            known = User.objects.filter(email=found.email).first()
    except DomainError as refusal:
        return _page(request, "auth/invitation.html", {"problem": refusal})

    def act() -> None:
        accept_invitation(
            token=_token(request),
            password=_typed(request, "password", 1000),
            full_name=_typed(request, "full_name", 100),
            host_tenant=tenancy.find_current(),
            address=address_of(request),
            at=clock.now(),
        )

    has_account = known is not None and known.has_usable_password()
    facts = {"invitation": found, "has_account": has_account, "providers": offered()}
    return _answer(request, "auth/invitation.html", act, {"done": True}, facts)


def _answer(
    request: HttpRequest,
    template: str,
    act: Callable[[], None],
    done: dict[str, object],
    facts: dict[str, object] | None = None,
) -> HttpResponse:
    facts = facts or {}
    if request.method != "POST":
        return _page(request, template, facts)
    try:
        act()
    except DomainError as refusal:
        return _page(request, template, {**facts, "problem": refusal})
    return _page(request, template, {**facts, **done})


def _page(request: HttpRequest, template: str, facts: dict[str, object]) -> HttpResponse:
    problem = facts.get("problem")
    context = {"tenant": tenancy.find_current(), "token": _token(request), "sign_in_path": SIGN_IN, **facts}
    status = problem.status if isinstance(problem, DomainError) else 200
    page = seal(render(request, template, context, status=status))
    page["Referrer-Policy"] = "no-referrer"  # the address holds the link's secret
    page.refusal = problem  # type: ignore[attr-defined]  # for the audit trail
    return page


def _typed(request: HttpRequest, name: str, longest: int) -> str:
    return str(request.POST.get(name, "")).replace("\0", "")[:longest]


def _token(request: HttpRequest) -> str:
    return (request.POST.get("token") or request.GET.get("token") or "").replace("\0", "")[:4000]
