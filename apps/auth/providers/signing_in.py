"""Ending a sign-in by provider: at a page with its cookie, for a front-end with a pair of tokens."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest

from apps.auth import attempts
from apps.auth.commands.credentials import limit_of
from apps.auth.commands.page_sign_in import admit_at_page
from apps.auth.commands.sign_in import SignedIn, find_tenant_id, open_for
from apps.auth.commands.signing_keys import ensure_signing_key
from apps.auth.invitations.accepting import accept_invitation_as
from apps.auth.mfa.checking import Proof
from apps.auth.origin import Origin
from apps.auth.page_sessions import public_in_sight
from apps.auth.signing.once import Word, find_word, seal_word, spend
from apps.auth.tenant_choice import TenantMismatch, agreed_slug
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.errors import Unauthenticated
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef

from .configured import Identity
from .flows import Flow, end_flow
from .persons import find_person, link_person
from .pkce import fits
from .telling import tell_of_link

CODE_GOOD_FOR = timedelta(minutes=5)
_COUNTED = "sign-in by provider"


class CodeInvalid(Unauthenticated):
    code, title = "code_invalid", "This code is not good any more"


class ExchangeCode(Word, frozen=True, kw_only=True):
    """What a front-end changes for tokens: who came back, for which tenant, and whose verifier it takes."""

    identity: Identity
    tenant: str | None
    challenge: str


def sign_in_page_by_provider(request: HttpRequest, flow: Flow, *, code: str, error: str, cookie: str) -> Actor:
    """Sign the browser in to the tenant of the host, which must be the one where it began.

    An invitation that the flow carries is accepted first. Raises StateInvalid, SignInCancelled, IdentityInvalid,
    ProviderUnavailable, EmailUnverified, LinkedElsewhere, TooManyAttempts, and what `sign_in_page` does.
    """
    tenant = tenancy.find_current()
    if flow.tenant != (tenant.slug if tenant else None):
        raise TenantMismatch("Begin again at your own yard's address.")
    identity = end_flow(flow, code=code, error=error, cookie=cookie)
    if flow.invitation:
        accept_invitation_as(token=flow.invitation, identity=identity, host_tenant=tenant, at=clock.now())
    with public_in_sight():
        return admit_at_page(request, find_person(identity), identity=identity)


def code_for_front_end(flow: Flow, *, code: str, error: str, at: datetime) -> str:
    """What the front-end that began changes for tokens within five minutes.

    Raises what `end_flow` and `accept_invitation_as` do, and EmailUnverified, NotAMember, LinkedElsewhere.
    """
    identity = end_flow(flow, code=code, error=error, cookie="")
    if flow.invitation:
        accept_invitation_as(token=flow.invitation, identity=identity, host_tenant=_tenant_of(flow), at=at)
    with tenancy.public():
        find_person(identity)
    good_until = at + CODE_GOOD_FOR
    return seal_word(
        ExchangeCode(
            id=new_id(), expires_at=good_until, identity=identity, tenant=flow.tenant, challenge=flow.challenge
        )
    )


def sign_in_by_code(
    *, code: str, verifier: str, proof: Proof, host_tenant: TenantRef | None, origin: Origin, at: datetime
) -> SignedIn:
    """Change a code, once, for a pair of tokens; one that lacks the second factor is still good.

    Raises CodeInvalid for a code that was used, ran out, or was made for somebody else's verifier, and what `sign_in`
    does but for the password.
    """
    found = find_word(code, ExchangeCode, at=at)
    slug = agreed_slug(asked=found.tenant if found else None, host=host_tenant)
    ensure_signing_key(at=at)
    with tenancy.public():
        count_attempt(address=origin.address, tenant_slug=slug)
        if found is None or not fits(verifier, found.challenge):
            raise CodeInvalid("Begin again.")
        with transaction.atomic():
            if not spend(found):
                raise CodeInvalid("Begin again.")
            user = find_person(found.identity)
            signed_in = open_for(user, slug=slug, proof=proof, origin=origin, at=at)
            tenant = signed_in.membership.tenant if signed_in.membership else None
            if link_person(found.identity, user, tenant_id=tenant.id if tenant else None, at=at):
                tell_of_link(found.identity, user, tenancy.directory().by_id(tenant.id) if tenant else None)
    forget_attempts(address=origin.address)
    return signed_in


def count_attempt(*, address: str, tenant_slug: str | None) -> None:
    """Count an attempt of this address, by the rules of the tenant named. Raises TooManyAttempts."""
    with public_in_sight():
        limit = limit_of(None, find_tenant_id(tenant_slug))
    attempts.count_attempt(email=_COUNTED, address=address, limit=limit, is_familiar=lambda network: True)


def forget_attempts(*, address: str) -> None:
    """After an attempt that was a good one."""
    attempts.forget_attempts(email=_COUNTED, address=address)


def _tenant_of(flow: Flow) -> TenantRef | None:
    return tenancy.directory().by_slug(flow.tenant) if flow.tenant else None
