"""What auth/… answers."""

from collections.abc import Iterable
from uuid import UUID

from apps.auth.commands.sign_in import SignedIn
from apps.auth.models import Membership, Tenant, User
from apps.auth.tokens import TokenPair
from apps.core.api import Answer

from .access_bodies import PermissionAnswer


class UserAnswer(Answer, frozen=True, kw_only=True):
    """A person."""

    id: UUID
    email: str
    full_name: str
    is_platform_admin: bool


class TenantAnswer(Answer, frozen=True, kw_only=True):
    """A tenant: `slug` is its short name, `currency` (ISO 4217) and `timezone` (IANA) the defaults of its sites."""

    id: UUID
    slug: str
    name: str
    currency: str
    timezone: str


class MembershipAnswer(Answer, frozen=True, kw_only=True):
    """What the person is in one tenant."""

    tenant: TenantAnswer
    role: str


class TokensAnswer(Answer, frozen=True, kw_only=True):
    """A pair of tokens. `expiresIn` is the access token's life in seconds; the refresh token is good once."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"


class SignedInAnswer(Answer, frozen=True, kw_only=True):
    """A pair of tokens, and whom and which tenant they stand for. A platform administrator may be in no tenant."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserAnswer
    tenant: TenantAnswer | None
    role: str | None
    memberships: list[MembershipAnswer]
    token_type: str = "Bearer"


class MeAnswer(Answer, frozen=True, kw_only=True):
    """Who asks, and what they may do in the present tenant."""

    user: UserAnswer
    tenant: TenantAnswer | None
    role: str | None
    permissions: list[PermissionAnswer]
    locations: list[UUID] | None
    memberships: list[MembershipAnswer]


class AllowedAnswer(Answer, frozen=True, kw_only=True):
    """Whether it is permitted."""

    allowed: bool


def user_answer(user: User) -> UserAnswer:
    return UserAnswer(id=user.id, email=user.email, full_name=user.full_name, is_platform_admin=user.is_platform_admin)


def tenant_answer(tenant: Tenant) -> TenantAnswer:
    return TenantAnswer(
        id=tenant.id, slug=tenant.slug, name=tenant.name, currency=tenant.currency, timezone=tenant.timezone
    )


def membership_answers(memberships: Iterable[Membership]) -> list[MembershipAnswer]:
    return [MembershipAnswer(tenant=tenant_answer(one.tenant), role=one.role) for one in memberships]


def tokens_answer(pair: TokenPair) -> TokensAnswer:
    return TokensAnswer(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in_seconds)


def signed_in_answer(signed_in: SignedIn) -> SignedInAnswer:
    membership = signed_in.membership
    return SignedInAnswer(
        access_token=signed_in.pair.access,
        refresh_token=signed_in.pair.refresh,
        expires_in=signed_in.pair.expires_in_seconds,
        user=user_answer(signed_in.user),
        tenant=tenant_answer(membership.tenant) if membership else None,
        role=membership.role if membership else None,
        memberships=membership_answers(signed_in.memberships),
    )
