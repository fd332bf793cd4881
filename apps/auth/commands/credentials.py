"""Whether an e-mail address and a password belong together."""

from datetime import timedelta
from uuid import UUID

from apps.auth import attempts
from apps.auth.attempts import Limit
from apps.auth.models import SecurityRuleSet, SignInSession, User
from apps.auth.security.remembered import present_rules, read_rules
from apps.auth.security.rules import SecurityRules
from apps.core import clock
from apps.core.errors import Unauthenticated

FAMILIAR_FOR = timedelta(days=30)
_NOBODY = UUID(int=0)  # asked for like somebody, so that it takes as long


class InvalidCredentials(Unauthenticated):
    code, title = "invalid_credentials", "The e-mail address or the password is wrong"


def check_credentials(*, email: str, password: str, address: str, tenant_id: UUID | None) -> User:
    """The active user with this e-mail address and password; `address` is the client's IP address.

    The attempt counts by the strictest rules of those tenants that the account is a member of and of the one that is
    named. An unknown address, a wrong password and a deactivated user are told alike, after the same work. Raises
    InvalidCredentials, TooManyAttempts. Runs where the public schema is visible.
    """
    email = email.strip().lower()
    user = None if "\x00" in email else User.objects.filter(email=email).first()
    attempts.count_attempt(
        email=email,
        address=address,
        limit=limit_of(user, tenant_id),
        is_familiar=lambda network: _signed_in_from(user, network),
    )
    if user is None:
        User().set_password(password)  # takes as long as checking one
        raise InvalidCredentials("Check both, and the keyboard's layout.")
    if not user.check_password(password) or not user.is_active:
        raise InvalidCredentials("Check both, and the keyboard's layout.")
    attempts.forget_attempts(email=email, address=address)
    return user


def rules_of_person(user: User | None) -> list[SecurityRules]:
    """The rules of all tenants that a person is a member of. Runs where the public schema is visible."""
    decided = SecurityRuleSet.objects.filter(tenant__memberships__user_id=user.id if user else _NOBODY)
    return [read_rules(row) for row in decided]


def limit_of(user: User | None, tenant_id: UUID | None) -> Limit:
    """How many failures are allowed: by the strictest rules of the person's tenants and of the one named."""
    rules = [present_rules(tenant_id), *rules_of_person(user)]
    return Limit(
        failures=min(one.max_login_attempts for one in rules),
        window_seconds=60 * max(one.lockout_minutes for one in rules),
    )


def _signed_in_from(user: User | None, network: str) -> bool:
    since = clock.now() - FAMILIAR_FOR
    return user is not None and SignInSession.objects.filter(user=user, network=network, created_at__gt=since).exists()
