"""Getting passkeys, naming and removing them: each proved by who asks for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.auth.commands.ending import end_sessions
from apps.auth.mfa.checking import Proof, check_second_factor, has_second_factor
from apps.auth.mfa.enrolling import check_own_password, drop_codes_without_factor, lock_checked, own_id, tell_tenants
from apps.auth.mfa.recovery import replace_codes
from apps.auth.models import Passkey, User
from apps.auth.origin import Origin
from apps.auth.signing.once import find_word, spend
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, NotFound, Unauthenticated

from .challenges import Challenge, RegistrationChallenge, bytes_of, challenge_to_register
from .relying_party import PasskeyInvalid, check_registration, rp_id

MOST = 20


class PasskeyNotFound(NotFound):
    code, title = "passkey_not_found", "There is no such passkey of yours"


class PasskeyExists(Conflict):
    code, title = "passkey_exists", "This passkey is registered already"


class TooManyPasskeys(Conflict):
    code, title = "too_many_passkeys", "You have as many passkeys as there may be"


def begin_passkey(*, actor: Actor, password: str, proof: Proof, origin: Origin, at: datetime) -> Challenge:
    """What the browser is to ask an authenticator for, good for five minutes at this host.

    Takes the password and, of whoever has a second factor, that too. A wrong password counts as a failed sign-in.
    Raises InvalidCredentials, TooManyAttempts, MfaRequired, TooManyPasskeys.
    """
    with tenancy.public():
        checked = check_own_password(actor, password, origin.address)
        with transaction.atomic():
            user = lock_checked(checked)
            check_second_factor(user, proof=proof, origin=origin, tenant_id=actor.tenant_id, at=at)
            if Passkey.objects.filter(user=user).count() >= MOST:
                raise TooManyPasskeys("Remove one first.")
            return challenge_to_register(user, site=origin.site, at=at)


def register_passkey(
    *, actor: Actor, state: str, credential: dict[str, Any], name: str, site: str, at: datetime
) -> tuple[Passkey, list[str] | None]:
    """Have the new passkey count from now on.

    With the first second factor come ten recovery codes, in clear this once, and all other sign-ins of the person end:
    they were opened without it. Raises PasskeyInvalid, PasskeyExists, TooManyPasskeys.
    """
    with tenancy.public():
        try:
            passkey, codes = _registered(actor, state, credential, name.strip(), site, at)
        except IntegrityError as error:
            raise PasskeyExists("Look at those that there are.") from error
        tell_tenants(passkey.user_id)
    return passkey, codes


@transaction.atomic
def _registered(
    actor: Actor, state: str, credential: dict[str, Any], name: str, site: str, at: datetime
) -> tuple[Passkey, list[str] | None]:
    user = _locked(actor)
    asked = find_word(state, RegistrationChallenge, at=at)
    if asked is None or asked.site != site or asked.user_id != user.id or not spend(asked):
        raise PasskeyInvalid("That took too long, or was asked for elsewhere; begin again.")
    made = check_registration(site, credential, challenge=bytes_of(asked))
    assert made.credential_data is not None, "looked at before"
    if Passkey.objects.filter(user=user).count() >= MOST:
        raise TooManyPasskeys("Remove one first.")
    first = not has_second_factor(user.id)
    passkey = Passkey.objects.create(
        user=user,
        credential_id=made.credential_data.credential_id,
        credential=bytes(made.credential_data),
        rp_id=rp_id(site),
        name=name,
        sign_count=made.counter,
        created_at=at,
    )
    codes = None
    if first:
        codes = replace_codes(user_id=user.id)
        end_sessions(user_id=user.id, why="second factor enrolled", at=at, but=actor.session_id)
    _audit("user.passkey_added", passkey, actor)
    return passkey, codes


def list_passkeys(*, actor: Actor) -> list[Passkey]:
    """One's own, the oldest first."""
    with tenancy.public():
        return list(Passkey.objects.filter(user_id=own_id(actor)).order_by("id"))


def rename_passkey(*, passkey_id: UUID, name: str, actor: Actor) -> Passkey:
    """Call a passkey of one's own something else. Raises PasskeyNotFound."""
    with tenancy.public(), transaction.atomic():
        passkey = _own(passkey_id, actor)
        before, passkey.name = passkey.name, name.strip()
        passkey.save(update_fields=["name"])
        audit.record(
            "user.passkey_renamed", audit.Subject("passkey", passkey.id), actor=actor, tenant_id=actor.tenant_id,
            before={"name": before}, after={"name": passkey.name},
        )  # fmt: skip
    return passkey


def remove_passkey(
    *, passkey_id: UUID, actor: Actor, password: str, proof: Proof, origin: Origin, at: datetime
) -> None:
    """Remove a passkey of one's own; the same proofs as for a new one. All other sign-ins end: one may be by it.

    Raises InvalidCredentials, TooManyAttempts, MfaRequired, PasskeyNotFound.
    """
    with tenancy.public():
        checked = check_own_password(actor, password, origin.address)
        with transaction.atomic():
            user = lock_checked(checked)
            passkey = _own(passkey_id, actor)
            check_second_factor(user, proof=proof, origin=origin, tenant_id=actor.tenant_id, at=at)
            _audit("user.passkey_removed", passkey, actor)
            passkey.delete()
            drop_codes_without_factor(user.id)
            end_sessions(user_id=user.id, why="passkey removed", at=at, but=actor.session_id)
        tell_tenants(checked.id)


def _own(passkey_id: UUID, actor: Actor) -> Passkey:
    passkey = Passkey.objects.select_for_update(no_key=True).filter(id=passkey_id, user_id=own_id(actor)).first()
    if passkey is None:
        raise PasskeyNotFound("See GET auth/mfa/passkeys for those that there are.")
    return passkey


def _locked(actor: Actor) -> User:
    user = User.objects.select_for_update(no_key=True).filter(id=own_id(actor), is_active=True).first()
    if user is None:
        raise Unauthenticated("This user has been deactivated.")
    return user


def _audit(action: str, passkey: Passkey, actor: Actor) -> None:
    told = {"name": passkey.name, "host": passkey.rp_id}
    audit.record(action, audit.Subject("passkey", passkey.id), actor=actor, tenant_id=actor.tenant_id, after=told)
