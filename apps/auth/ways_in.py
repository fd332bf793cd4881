"""The pages of the ways in which one signs in oneself, for whoever is signed in at this host."""

from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError

from .actors import actor_of_session
from .commands.email_change import ask_for_email, change_email
from .mail.telling import mail_changed_address, mail_new_address
from .mfa.checking import Proof
from .mfa.enrolling import own_id, read_mfa_state
from .origin import origin_of
from .page_paths import ADMIN, BOARD, SECOND_FACTOR, SIGN_IN, SIGN_OUT, WAYS_IN
from .pages import seal
from .providers.configured import TITLES
from .providers.persons import IdentityNotFound, list_links, unlink


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", "code")
def ways_in(request: HttpRequest) -> HttpResponse:
    """One's address and links to accounts at providers, and changing them."""
    actor = actor_of_session(request)
    if actor is None:
        return _elsewhere(request)
    if request.method != "POST":
        return _page(request, actor)
    try:
        if "unlink" in request.POST:
            unlink(identity_id=_identity(request), actor=actor, at=clock.now())
            return redirect(WAYS_IN)
        email = _ask_for_email(request, actor)
    except DomainError as refusal:
        return _page(request, actor, problem=refusal)
    return _page(request, actor, sent_to=email)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm_email(request: HttpRequest) -> HttpResponse:
    """Have the address count that a link was sent to, for who asked for it and is signed in."""
    actor = actor_of_session(request)
    if actor is None:
        return _elsewhere(request)
    token = (request.POST.get("token") or request.GET.get("token") or "").replace("\0", "")[:4000]
    context: dict[str, Any] = {"tenant": tenancy.find_current(), "token": token}
    if request.method == "POST":
        try:
            mail_changed_address(actor, old=change_email(token=token, actor=actor, at=clock.now()))
            return redirect(WAYS_IN)
        except DomainError as refusal:
            context["problem"] = refusal
    return _sealed(request, "auth/confirm_email.html", context)


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """To sign in and come back; or to the second factor, which has to come first."""
    if actor_of_session(request, enrolling=True) is not None:
        return redirect(SECOND_FACTOR)
    return redirect_to_login(request.get_full_path(), SIGN_IN)


def _ask_for_email(request: HttpRequest, actor: Actor) -> str:
    email = ask_for_email(
        email=request.POST.get("email", "").replace("\0", "")[:254],
        password=request.POST.get("password", "")[:1000],
        proof=Proof(code=request.POST.get("code", "").strip()[:100] or None),
        actor=actor,
        origin=origin_of(request),
        at=clock.now(),
    )
    mail_new_address(request, actor, email)
    return email


def _page(request: HttpRequest, actor: Actor, *, problem: DomainError | None = None, sent_to: str = "") -> HttpResponse:
    state = read_mfa_state(actor=actor)
    context = {
        "tenant": tenancy.find_current(),
        "person": request.user,
        "links": [(TITLES[one.provider], one) for one in list_links(user_id=own_id(actor))],
        "has_second_factor": state.confirmed_at is not None or state.passkeys > 0,
        "has_passkey": state.passkeys > 0,
        "sent_to": sent_to,
        "problem": problem,
        "home": BOARD if actor.tenant_id else ADMIN,
        "second_factor_path": SECOND_FACTOR,
        "sign_out_path": SIGN_OUT,
    }
    return _sealed(request, "auth/ways_in.html", context)


def _sealed(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    problem = context.get("problem")
    status = problem.status if isinstance(problem, DomainError) else 200
    page = seal(render(request, template, context, status=status))
    page.refusal = problem  # type: ignore[attr-defined]  # for the audit trail
    return page


def _identity(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("unlink", ""))
    except ValueError:
        raise IdentityNotFound("Look again at those that there are.") from None
