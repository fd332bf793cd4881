"""Getting a second factor, giving it up, and new recovery codes: each proved by who asks for it."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth.commands.credentials import InvalidCredentials, check_credentials
from apps.auth.commands.ending import end_sessions
from apps.auth.models import Membership, Passkey, RecoveryCode, SecondFactor, User
from apps.auth.origin import Origin
from apps.auth.signing.sealing import find_unsealed, seal
from apps.auth.standing import standings_changed
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Unauthenticated

from .checking import Proof, check_second_factor, find_confirmed, has_second_factor, require_code, seal_label
from .recovery import replace_codes
from .totp import as_typed, enrollment_uri, new_secret

ISSUER = "Parking"


class MfaAlreadyEnabled(Conflict):
    code, title = "mfa_already_enabled", "You have a second factor already"


class MfaNotEnrolled(Conflict):
    code, title = "mfa_not_enrolled", "You have no second factor"


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """What the app needs: the secret in base32, to be typed, and the same as an `otpauth:` address."""

    secret: str
    uri: str


class MfaState(msgspec.Struct, frozen=True, kw_only=True):
    """Since when a person has an app (None: they have none), how many passkeys, and recovery codes that are left."""

    confirmed_at: datetime | None
    codes_left: int
    passkeys: int


def read_mfa_state(*, actor: Actor) -> MfaState:
    """One's own."""
    with tenancy.public():
        factor = find_confirmed(own_id(actor))
        left = RecoveryCode.objects.filter(user_id=own_id(actor), used_at=None).count()
        passkeys = Passkey.objects.filter(user_id=own_id(actor)).count()
    return MfaState(confirmed_at=factor.confirmed_at if factor else None, codes_left=left, passkeys=passkeys)


def enroll(*, actor: Actor, password: str, proof: Proof, origin: Origin, at: datetime) -> Enrollment:
    """Begin: a new secret, which counts for nothing until a code of it comes back (`confirm`).

    Who has passkeys gives the proof of one, or a recovery code, as well. A wrong password counts as a failed sign-in,
    so that a token that was found locks nobody out of their account. Raises InvalidCredentials, TooManyAttempts,
    MfaRequired, MfaAlreadyEnabled.
    """
    with tenancy.public():
        user = check_own_password(actor, password, origin.address)
        secret = new_secret()
        sealed = seal(secret, label=seal_label(user.id))
        with transaction.atomic():
            lock_checked(user)
            if find_confirmed(user.id) is not None:
                raise MfaAlreadyEnabled("Give the present one up first, by POST auth/mfa/disable.")
            check_second_factor(user, proof=proof, origin=origin, tenant_id=actor.tenant_id, at=at)
            SecondFactor.objects.update_or_create(
                user_id=user.id, defaults={"sealed_secret": sealed, "created_at": at, "last_step": 0}
            )
    return Enrollment(secret=as_typed(secret), uri=enrollment_uri(secret, account=user.email, issuer=ISSUER))


def pending_enrollment(*, actor: Actor) -> Enrollment | None:
    """What was begun and not confirmed yet, for the page that shows it again after a wrong code."""
    with tenancy.public():
        factor = SecondFactor.objects.filter(user_id=own_id(actor), confirmed_at=None).select_related("user").first()
    secret = find_unsealed(bytes(factor.sealed_secret), label=seal_label(factor.user_id)) if factor else None
    if factor is None or secret is None:
        return None
    return Enrollment(secret=as_typed(secret), uri=enrollment_uri(secret, account=factor.user.email, issuer=ISSUER))


def confirm(*, actor: Actor, code: str, address: str, at: datetime) -> list[str]:
    """Have the second factor count from now on, and give ten recovery codes in clear, this once.

    All other sign-ins of the person end: they were opened without it. Raises MfaNotEnrolled, MfaAlreadyEnabled,
    MfaRequired for a wrong code, TooManyAttempts.
    """
    with tenancy.public():
        user, codes = _confirmed(actor, code, address, at)
        tell_tenants(user.id)
    return codes


@transaction.atomic
def _confirmed(actor: Actor, code: str, address: str, at: datetime) -> tuple[User, list[str]]:
    user = _locked(actor)
    factor = SecondFactor.objects.filter(user_id=user.id).first()
    if factor is None:
        raise MfaNotEnrolled("Begin by POST auth/mfa/enroll.")
    if factor.confirmed_at is not None:
        raise MfaAlreadyEnabled("Give the present one up first, by POST auth/mfa/disable.")
    require_code(user, code=code, address=address, tenant_id=actor.tenant_id, at=at)
    SecondFactor.objects.filter(user_id=user.id).update(confirmed_at=at)
    codes = replace_codes(user_id=user.id)
    end_sessions(user_id=user.id, why="second factor enrolled", at=at, but=actor.session_id)
    _changed(user.id, "user.mfa_enabled", actor)
    return user, codes


def disable(*, actor: Actor, password: str, code: str, address: str, at: datetime) -> None:
    """Give the app up. Raises InvalidCredentials, MfaRequired for a wrong code, MfaNotEnrolled."""
    with tenancy.public():
        checked = check_own_password(actor, password, address)
        with transaction.atomic():
            user = lock_checked(checked)
            if find_confirmed(user.id) is None:
                raise MfaNotEnrolled("There is no app to give up.")
            require_code(user, code=code, address=address, tenant_id=actor.tenant_id, at=at)
            SecondFactor.objects.filter(user_id=user.id).delete()
            drop_codes_without_factor(user.id)
            _changed(checked.id, "user.mfa_disabled", actor)
        tell_tenants(checked.id)


def renew_recovery_codes(*, actor: Actor, code: str, address: str, at: datetime) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing. Raises MfaRequired for a wrong code, MfaNotEnrolled."""
    with tenancy.public(), transaction.atomic():
        user = _locked(actor)
        if not has_second_factor(user.id):
            raise MfaNotEnrolled("There is nothing to renew.")
        require_code(user, code=code, address=address, tenant_id=actor.tenant_id, at=at)
        codes = replace_codes(user_id=user.id)
        audit.record(
            "user.recovery_codes_renewed", audit.Subject("user", user.id), actor=actor, tenant_id=actor.tenant_id
        )
    return codes


def forget_factor(*, user_id: UUID) -> None:
    """Delete a person's app, passkeys and codes, in the caller's transaction; `tell_tenants` after it."""
    SecondFactor.objects.filter(user_id=user_id).delete()
    Passkey.objects.filter(user_id=user_id).delete()
    drop_codes_without_factor(user_id)


def drop_codes_without_factor(user_id: UUID) -> None:
    """Recovery codes stand in for a second factor; with the last of them they go too."""
    if not has_second_factor(user_id):
        RecoveryCode.objects.filter(user_id=user_id).delete()


def tell_tenants(user_id: UUID) -> None:
    """Have every process look again who of the person's tenants and the platform has one, after the commit."""
    for tenant_id in [None, *Membership.everybody.filter(user_id=user_id).values_list("tenant_id", flat=True)]:
        standings_changed(tenant_id=tenant_id)


def _changed(user_id: UUID, action: str, actor: Actor) -> None:
    audit.record(action, audit.Subject("user", user_id), actor=actor, tenant_id=actor.tenant_id)


def check_own_password(actor: Actor, password: str, address: str) -> User:
    email = User.objects.filter(id=own_id(actor), is_active=True).values_list("email", flat=True).first()
    if email is None:
        raise Unauthenticated("This user has been deactivated.")
    return check_credentials(email=email, password=password, address=address, tenant_id=actor.tenant_id)


def lock_checked(checked: User) -> User:
    user = User.objects.select_for_update(no_key=True).get(id=checked.id)
    if user.password != checked.password:  # changed by somebody else since it was looked at
        raise InvalidCredentials
    return user


def _locked(actor: Actor) -> User:
    user = User.objects.select_for_update(no_key=True).filter(id=own_id(actor), is_active=True).first()
    if user is None:
        raise Unauthenticated("This user has been deactivated.")
    return user


def own_id(actor: Actor) -> UUID:
    assert actor.id is not None, "keys are refused before, and the platform sends no requests"
    return actor.id
