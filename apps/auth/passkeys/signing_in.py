"""Signing in by a passkey alone: what one has, and what the authenticator verified."""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from apps.auth import attempts
from apps.auth.commands.credentials import limit_of
from apps.auth.commands.page_sign_in import admit_at_page
from apps.auth.commands.sign_in import SignedIn, find_tenant_id, open_for
from apps.auth.commands.signing_keys import ensure_signing_key
from apps.auth.mfa.checking import Proof
from apps.auth.models import User
from apps.auth.origin import Origin, origin_of
from apps.auth.page_sessions import public_in_sight
from apps.auth.tenant_choice import agreed_slug
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.tenancy import TenantRef

from .asserting import Assertion, find_owner, use_passkey
from .relying_party import PasskeyInvalid

_COUNTED = "sign-in by passkey"
_BOTH = Proof(both=True)


def sign_in_by_passkey(
    *, assertion: Assertion, tenant_slug: str | None, host_tenant: TenantRef | None, origin: Origin, at: datetime
) -> SignedIn:
    """Open a sign-in in the tenant that is named, else in the host's, else in the person's first by name.

    Raises PasskeyInvalid, TooManyAttempts, and what `sign_in` does but for password and second factor.
    """
    slug = agreed_slug(asked=tenant_slug, host=host_tenant)
    ensure_signing_key(at=at)
    with tenancy.public():
        _count(origin, slug)
        user = _owner(assertion, origin)
        with transaction.atomic():
            _use(assertion, user, origin, at)
            signed_in = open_for(user, slug=slug, proof=_BOTH, origin=origin, at=at)
    attempts.forget_attempts(email=_COUNTED, address=origin.address)
    return signed_in


def sign_in_page_by_passkey(request: HttpRequest, *, assertion: Assertion) -> Actor:
    """The same at a page, in the tenant of the host."""
    tenant, origin = tenancy.find_current(), origin_of(request)
    with public_in_sight():
        _count(origin, tenant.slug if tenant else None)
        user = _owner(assertion, origin)
        with transaction.atomic():
            _use(assertion, user, origin, clock.now())
        actor = admit_at_page(request, user, proof=_BOTH)
    attempts.forget_attempts(email=_COUNTED, address=origin.address)
    return actor


def _owner(assertion: Assertion, origin: Origin) -> User:
    user = User.objects.filter(id=find_owner(assertion, site=origin.site), is_active=True).first()
    if user is None:
        raise PasskeyInvalid("It is not known here; sign in another way.")
    return user


def _use(assertion: Assertion, user: User, origin: Origin, at: datetime) -> None:
    User.objects.select_for_update(no_key=True).get(id=user.id)  # two signatures by one passkey queue up
    use_passkey(assertion, site=origin.site, user_id=user.id, alone=True, at=at)


def _count(origin: Origin, slug: str | None) -> None:
    limit = limit_of(None, find_tenant_id(slug))
    attempts.count_attempt(email=_COUNTED, address=origin.address, limit=limit, is_familiar=lambda network: True)
