"""What clients send to auth/…"""

from typing import Annotated
from uuid import UUID

import msgspec

from apps.core.api import Body

from .passkey_bodies import GivenAssertion

Email = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Code = Annotated[str, msgspec.Meta(max_length=100)]
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Login(Body, frozen=True, kw_only=True):
    """`tenant` is the short name of the tenant to sign in to, where the host name does not say it; `mfaCode` is for
    accounts with a second factor, a code of the app or a recovery code, and is not looked at for others; `passkey` is
    instead of it."""

    email: Email
    password: Password
    tenant: Slug | None = None
    mfa_code: Code | None = None
    passkey: GivenAssertion | None = None


class Refresh(Body, frozen=True, kw_only=True):
    """The refresh token of the last pair."""

    refresh_token: Token


class Logout(Body, frozen=True, kw_only=True):
    """Any refresh token of the sign-in to end."""

    refresh_token: Token


class SwitchTenant(Body, frozen=True, kw_only=True):
    """The short name of another of one's tenants."""

    tenant: Slug


class CheckPermission(Body, frozen=True, kw_only=True):
    """`userId` asks about somebody else, which takes the permission to read members."""

    resource: Word
    action: Word
    user_id: UUID | None = None
