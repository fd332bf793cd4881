"""Challenges: sealed, good once and for five minutes, for one host and, where it is known, one person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.utils.crypto import salted_hmac
from fido2.webauthn import (
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from apps.auth.models import Passkey, User
from apps.auth.signing.once import Word, seal_word
from apps.core.ids import new_id

from .relying_party import rp_id, server

GOOD_FOR = timedelta(minutes=5)


class RegistrationChallenge(Word, frozen=True, kw_only=True):
    """For a new passkey of this person at this site."""

    site: str
    user_id: UUID


class AssertionChallenge(Word, frozen=True, kw_only=True):
    """For a signature at this site; by this person's passkeys alone where it is the second factor after another."""

    site: str
    user_id: UUID | None


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser is asked: `public_key` for `navigator.credentials`, `state` to be sent back with what it gives."""

    state: str
    public_key: dict[str, Any]


def challenge_to_register(user: User, *, site: str, at: datetime) -> Challenge:
    """Ask for a new passkey, on an authenticator that has none of the person's yet."""
    word = RegistrationChallenge(id=new_id(), expires_at=at + GOOD_FOR, site=site, user_id=user.id)
    options, _ = server(site).register_begin(
        PublicKeyCredentialUserEntity(id=user.id.bytes, name=user.email, display_name=user.get_full_name()),
        credentials=_descriptors(user.id, site),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        challenge=bytes_of(word),
    )
    return Challenge(state=seal_word(word), public_key=dict(options.public_key))


def challenge_to_sign(*, site: str, user_id: UUID | None, at: datetime) -> Challenge:
    """Ask for a signature: of anybody, whose authenticator then has to verify them, or of this person's passkeys."""
    word = AssertionChallenge(id=new_id(), expires_at=at + GOOD_FOR, site=site, user_id=user_id)
    verification = UserVerificationRequirement.PREFERRED if user_id else UserVerificationRequirement.REQUIRED
    options, _ = server(site).authenticate_begin(
        credentials=_descriptors(user_id, site) if user_id else None,
        user_verification=verification,
        challenge=bytes_of(word),
    )
    return Challenge(state=seal_word(word), public_key=dict(options.public_key))


def bytes_of(word: Word) -> bytes:
    """The random part, which nobody can tell beforehand."""
    return salted_hmac("parking.passkey.challenge", word.id.bytes.hex(), algorithm="sha256").digest()


def _descriptors(user_id: UUID, site: str) -> list[PublicKeyCredentialDescriptor]:
    found = Passkey.objects.filter(user_id=user_id, rp_id=rp_id(site)).order_by("id")
    kind = PublicKeyCredentialType.PUBLIC_KEY
    return [
        PublicKeyCredentialDescriptor(type=kind, id=bytes(one)) for one in found.values_list("credential_id", flat=True)
    ]
