"""Asking for the second factor, and spending what is given for it."""

import re
from datetime import datetime
from uuid import UUID

from apps.auth import attempts
from apps.auth.commands.credentials import limit_of
from apps.auth.models import RecoveryCode, SecondFactor, User
from apps.auth.signing.sealing import find_unsealed
from apps.core.errors import Unauthenticated

from .recovery import digest_of
from .totp import find_step

_OF_AN_APP = re.compile(r"[0-9]{6}")


class MfaRequired(Unauthenticated):
    code, title = "mfa_required", "A code of your second factor is needed"


def seal_label(user_id: UUID) -> str:
    """Under which a person's secret is sealed, so that it opens for nobody else."""
    return f"totp:{user_id}"


def find_confirmed(user_id: UUID) -> SecondFactor | None:
    """The factor that a person is asked for. Runs where the public schema is visible."""
    return SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()


def check_second_factor(user: User, *, code: str | None, address: str, tenant_id: UUID | None, at: datetime) -> None:
    """Let pass who has no second factor, or gives a code of it, which is spent then.

    Wrong codes are counted like wrong passwords, apart from them: the right password does not start their count anew,
    and no address is exempt. Raises MfaRequired for none and a wrong one, TooManyAttempts. Runs in a transaction that
    holds the user's row.
    """
    if find_confirmed(user.id) is None:
        return
    if not code:
        raise MfaRequired("Send the code that your app shows, or a recovery code.")
    require_code(user, code=code, address=address, tenant_id=tenant_id, at=at)


def require_code(user: User, *, code: str, address: str, tenant_id: UUID | None, at: datetime) -> None:
    """Spend a code. Raises MfaRequired for a wrong one, TooManyAttempts."""
    counted = f"second factor of {user.id}"
    attempts.count_attempt(
        email=counted, address=address, limit=limit_of(user, tenant_id), is_familiar=lambda network: False
    )
    if not spend_code(user_id=user.id, code=code, at=at):
        raise MfaRequired("That code is wrong, or was used already; wait for the next one.")
    attempts.forget_attempts(email=counted, address=address)


def spend_code(*, user_id: UUID, code: str, at: datetime) -> bool:
    """Whether a code is good now; from then on it is not. Of two who send it at once one gets in."""
    code = code.strip().replace(" ", "")
    if _OF_AN_APP.fullmatch(code):
        return _spend_of_app(user_id, code, at)
    unused = RecoveryCode.objects.filter(user_id=user_id, digest=digest_of(code), used_at=None)
    return bool(unused.update(used_at=at))


def _spend_of_app(user_id: UUID, code: str, at: datetime) -> bool:
    factor = SecondFactor.objects.filter(user_id=user_id).first()
    secret = find_unsealed(bytes(factor.sealed_secret), label=seal_label(user_id)) if factor else None
    step = find_step(secret, code, at=at) if secret else None
    if step is None:
        return False
    # The condition is in the update, which waits for the row: who read the same last step finds it moved
    return bool(SecondFactor.objects.filter(user_id=user_id, last_step__lt=step).update(last_step=step))
