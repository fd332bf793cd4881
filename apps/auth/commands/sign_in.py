"""Signing in with a password, for a pair of tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth.mfa.checking import NOTHING_GIVEN, Proof, check_second_factor
from apps.auth.models import Membership, Tenant, User
from apps.auth.origin import Origin
from apps.auth.security.addresses import require_allowed
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import NotAMember, agreed_slug, choose_membership
from apps.auth.tokens import TokenPair, read_refresh
from apps.core import tenancy
from apps.core.tenancy import TenantRef

from .credentials import InvalidCredentials, check_credentials
from .opening import note_sign_in, open_session
from .signing_keys import ensure_signing_key


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in where, and with which tokens. `membership` is None for a platform administrator in no tenant."""

    user: User
    membership: Membership | None
    memberships: Sequence[Membership]
    pair: TokenPair


def sign_in(
    *,
    email: str,
    password: str,
    tenant_slug: str | None,
    host_tenant: TenantRef | None,
    origin: Origin,
    at: datetime,
    proof: Proof = NOTHING_GIVEN,
) -> SignedIn:
    """Open a sign-in in the tenant that is named, else in the host's, else in the person's first by name.

    Raises InvalidCredentials, MfaRequired, TooManyAttempts, NotAMember, TenantClosed, IpNotAllowed and, where the named
    tenant is not the host's, TenantMismatch.
    """
    slug = agreed_slug(asked=tenant_slug, host=host_tenant)
    ensure_signing_key(at=at)
    with tenancy.public():
        named = find_tenant_id(slug)
        user = check_credentials(email=email, password=password, address=origin.address, tenant_id=named)
        with transaction.atomic():
            return open_for(user, slug=slug, proof=proof, origin=origin, at=at)


def open_for(user: User, *, slug: str | None, proof: Proof, origin: Origin, at: datetime) -> SignedIn:
    """Open a sign-in for who has shown who they are; a second factor is asked for where there is one.

    Runs in a transaction where the public schema is visible, after `ensure_signing_key`. Raises what `sign_in` does.
    """
    lock_checked_user(user, at=at)
    tenant_id = find_tenant_id(slug)
    check_second_factor(user, proof=proof, origin=origin, tenant_id=tenant_id, at=at)
    memberships = locked_memberships(user)
    chosen = choose_membership(memberships, slug=slug)
    if chosen is None and not user.is_platform_admin:
        raise NotAMember("You are a member of no tenant; ask an administrator of yours to add you.")
    require_allowed(present_rules(chosen.tenant_id if chosen else None), origin.address)
    pair = open_session(user=user, membership=chosen, at=at, origin=origin)
    session_id, _ = read_refresh(pair.refresh)
    note_sign_in("user.signed_in", session_id, user=user, tenant_id=chosen.tenant_id if chosen else None)
    return SignedIn(user=user, membership=chosen, memberships=memberships, pair=pair)


def find_tenant_id(slug: str | None) -> UUID | None:
    """The id of the tenant of this name, if there is one. Runs where the public schema is visible."""
    return Tenant.objects.filter(slug=slug).values_list("id", flat=True).first() if slug else None


def lock_checked_user(user: User, *, at: datetime) -> None:
    """Note the sign-in of a user whose password was right, and lock the row.

    Raises InvalidCredentials where the user was deactivated or the password changed since it was looked at.
    """
    unchanged = User.objects.filter(id=user.id, is_active=True, password=user.password)
    if not unchanged.update(last_login=at):
        raise InvalidCredentials


def locked_memberships(user: User) -> list[Membership]:
    """A user's memberships by tenant's name, locked: a change of role waits until the sign-in it must end exists."""
    return list(
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .filter(user=user)
        .select_related("tenant")
        .order_by("tenant__name", "tenant__slug")
    )
