"""Taking one way to sign in away from a person, by who looks after the platform; all their sign-ins end.

One of those sign-ins may be by it. The person is not asked for anything: this is for whoever lost a phone, or whose
account at a provider is somebody else's now.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.auth.mfa.enrolling import MfaNotEnrolled, drop_codes_without_factor, tell_tenants
from apps.auth.models import Passkey, ProviderIdentity, SecondFactor, User
from apps.auth.page_sessions import public_in_sight
from apps.auth.passkeys.registering import PasskeyNotFound
from apps.auth.providers.persons import IdentityNotFound
from apps.core import audit
from apps.core.actor import Actor

from .ending import end_sessions


def revoke_link(*, identity_id: UUID, actor: Actor, at: datetime) -> None:
    """Unlink an account at a provider; it is linked again if it signs in. Raises IdentityNotFound."""
    with public_in_sight(), transaction.atomic():
        link = _locked(ProviderIdentity, id=identity_id)
        if link is None:
            raise IdentityNotFound("It was taken away meanwhile.")
        told = {"user": link.user_id, "provider": link.provider, "email": link.email}
        link.delete()
        end_sessions(user_id=link.user_id, why="provider unlinked", at=at)
        subject = audit.Subject("provider_identity", identity_id)
        audit.record("user.provider_revoked", subject, actor=actor, before=told)


def revoke_passkey(*, passkey_id: UUID, actor: Actor, at: datetime) -> None:
    """Remove a passkey; the last factor takes the recovery codes along. Raises PasskeyNotFound."""
    with public_in_sight(), transaction.atomic():
        passkey = _locked(Passkey, id=passkey_id)
        if passkey is None:
            raise PasskeyNotFound("It was removed meanwhile.")
        told = {"user": passkey.user_id, "name": passkey.name, "host": passkey.rp_id}
        passkey.delete()
        _ended(passkey.user_id, why="passkey removed", at=at)
        audit.record("user.passkey_revoked", audit.Subject("passkey", passkey_id), actor=actor, before=told)


def revoke_app(*, user_id: UUID, actor: Actor, at: datetime) -> None:
    """Forget an authenticator app; the last factor takes the recovery codes along. Raises MfaNotEnrolled."""
    with public_in_sight(), transaction.atomic():
        factor = _locked(SecondFactor, user_id=user_id)
        if factor is None:
            raise MfaNotEnrolled("It was given up meanwhile.")
        told = {"confirmedAt": factor.confirmed_at}
        factor.delete()
        _ended(user_id, why="second factor reset", at=at)
        audit.record("user.mfa_revoked", audit.Subject("user", user_id), actor=actor, before=told)


def _locked(model: Any, **which: UUID) -> Any:
    """The row, behind the lock on its user that whoever signs in or changes it takes as well; None where it is gone."""
    found = model.objects.filter(**which).first()
    if found is None:
        return None
    User.objects.select_for_update(no_key=True).get(id=found.user_id)
    return model.objects.filter(**which).first()


def _ended(user_id: UUID, *, why: str, at: datetime) -> None:
    drop_codes_without_factor(user_id)
    end_sessions(user_id=user_id, why=why, at=at)
    tell_tenants(user_id)
