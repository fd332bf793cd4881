"""Asking for the second factor, and spending what is given for it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import msgspec

from apps.auth import attempts
from apps.auth.commands.credentials import limit_of
from apps.auth.models import Passkey, RecoveryCode, SecondFactor, User
from apps.auth.origin import Origin
from apps.auth.passkeys.asserting import Assertion, use_passkey
from apps.auth.passkeys.challenges import challenge_to_sign
from apps.auth.passkeys.relying_party import PasskeyInvalid, rp_id
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


def has_second_factor(user_id: UUID) -> bool:
    """Whether a person has an app or a passkey, at whatever host. Runs where the public schema is visible."""
    return find_confirmed(user_id) is not None or Passkey.objects.filter(user_id=user_id).exists()


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What is given for the second factor: a code, or what a passkey signed.

    `both` where the first proof was two already: a passkey whose authenticator verified its owner.
    """

    code: str | None = None
    passkey: Assertion | None = None
    both: bool = False


NOTHING_GIVEN = Proof()


def check_second_factor(user: User, *, proof: Proof, origin: Origin, tenant_id: UUID | None, at: datetime) -> None:
    """Let pass who has no second factor, or gives a code or a passkey's signature, which is spent then.

    Wrong ones are counted like wrong passwords, apart from them: the right password does not start their count anew,
    and no address is exempt. Raises MfaRequired for none and a wrong one, with what a passkey of this host is to sign;
    TooManyAttempts. Runs in a transaction that holds the user's row.
    """
    if proof.both or not has_second_factor(user.id):
        return
    try:
        if proof.passkey is not None:
            with _counted(user, origin.address, tenant_id):
                use_passkey(proof.passkey, site=origin.site, user_id=user.id, alone=False, at=at)
        elif proof.code:
            require_code(user, code=proof.code, address=origin.address, tenant_id=tenant_id, at=at)
        else:
            raise MfaRequired("Send the code that your app shows, a recovery code, or what a passkey of yours signs.")
    except (MfaRequired, PasskeyInvalid) as wrong:
        raise MfaRequired(wrong.detail, facts=_to_sign(user, origin.site, at)) from None


def _to_sign(user: User, site: str, at: datetime) -> dict[str, object] | None:
    """For those of the person's passkeys that are good at this host, where there are any."""
    if not Passkey.objects.filter(user_id=user.id, rp_id=rp_id(site)).exists():
        return None
    asked = challenge_to_sign(site=site, user_id=user.id, at=at)
    return {"passkey": {"state": asked.state, "publicKey": asked.public_key}}


def require_code(user: User, *, code: str, address: str, tenant_id: UUID | None, at: datetime) -> None:
    """Spend a code. Raises MfaRequired for a wrong one, TooManyAttempts."""
    with _counted(user, address, tenant_id):
        if not spend_code(user_id=user.id, code=code, at=at):
            raise MfaRequired("That code is wrong, or was used already; wait for the next one.")


@contextmanager
def _counted(user: User, address: str, tenant_id: UUID | None) -> Iterator[None]:
    """Count what is tried within, unless it is right."""
    counted = f"second factor of {user.id}"
    attempts.count_attempt(
        email=counted, address=address, limit=limit_of(user, tenant_id), is_familiar=lambda network: False
    )
    yield
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
