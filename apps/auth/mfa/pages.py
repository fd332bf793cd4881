"""The page of one's own second factor: where who must enroll is led, and without any script."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.auth.actors import actor_of_session
from apps.auth.origin import origin_of
from apps.auth.page_paths import BOARD, SECOND_FACTOR, SIGN_IN
from apps.auth.pages import seal
from apps.auth.passkeys.registering import PasskeyNotFound, list_passkeys, rename_passkey
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError

from . import enrolling
from .checking import Proof


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", "code")
def second_factor(request: HttpRequest) -> HttpResponse:
    """One's second factor: begin, confirm, give up, new recovery codes; another name for a passkey."""
    actor = actor_of_session(request, enrolling=True)
    if actor is None:
        return redirect(f"{SIGN_IN}?next={SECOND_FACTOR}")
    if request.method != "POST":
        return _page(request, actor)
    try:
        codes = _act(request, actor)
    except DomainError as refusal:
        return _page(request, actor, problem=refusal)
    return _page(request, actor, codes=codes) if codes else redirect(SECOND_FACTOR)


def _act(request: HttpRequest, actor: Actor) -> list[str]:
    """Do what the pressed button says; recovery codes to show once, if there are new ones."""
    address, at = address_of(request), clock.now()
    password, code = request.POST.get("password", "")[:1000], request.POST.get("code", "").strip()[:100]
    match request.POST.get("act"):
        case "enroll":
            proof = Proof(code=code or None)
            enrolling.enroll(actor=actor, password=password, proof=proof, origin=origin_of(request), at=at)
        case "confirm":
            return enrolling.confirm(actor=actor, code=code, address=address, at=at)
        case "disable":
            enrolling.disable(actor=actor, password=password, code=code, address=address, at=at)
        case "rename":
            rename_passkey(passkey_id=_passkey(request), name=_name(request), actor=actor)
        case "renew":
            return enrolling.renew_recovery_codes(actor=actor, code=code, address=address, at=at)
    return []


def _passkey(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("passkey", ""))
    except ValueError:
        raise PasskeyNotFound("Look again at those that there are.") from None


def _name(request: HttpRequest) -> str:
    return request.POST.get("name", "").replace("\0", "").strip()[:60] or "Passkey"


def _page(
    request: HttpRequest, actor: Actor, *, problem: DomainError | None = None, codes: list[str] | None = None
) -> HttpResponse:
    state = enrolling.read_mfa_state(actor=actor)
    context: dict[str, Any] = {
        "tenant": tenancy.find_current(),
        "state": state,
        "begun": None if state.confirmed_at else enrolling.pending_enrollment(actor=actor),
        "codes": codes,
        "passkeys": list_passkeys(actor=actor),
        "problem": problem,
        "must": actor_of_session(request) is None,
        "home": BOARD if actor.tenant_id else "/admin/",
    }
    page = seal(render(request, "auth/second_factor.html", context, status=problem.status if problem else 200))
    page.refusal = problem  # type: ignore[attr-defined]  # for the audit trail
    return page
