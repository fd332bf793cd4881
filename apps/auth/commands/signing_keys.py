"""Making, rotating and retiring the keys that sign access tokens.

A new key is published before it signs, and an old one verifies until the last token that it signed has run out.
"""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from rest_framework_simplejwt.settings import api_settings

from apps.auth.models import SigningKey
from apps.auth.signing import keyring
from apps.auth.signing.jwk import jwk_of
from apps.auth.signing.sealing import seal
from apps.core import audit, tenancy
from apps.core.errors import Conflict, NotFound

PUBLISHED_BEFORE = timedelta(minutes=10)  # twice what the JWK set may be kept by who reads it
_LEEWAY = timedelta(minutes=1)  # clocks that differ
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('identity signing keys'))"


class LastSigningKey(Conflict):
    code, title = "last_signing_key", "No other key signs"


def ensure_signing_key(*, at: datetime) -> None:
    """Make a key where none signs: on a new installation, and after SECRET_KEY was replaced.

    Several processes that find none make one together. Call it outside of a transaction that may yet fail.
    """
    if keyring.present().find_signer(at) is not None:
        return
    with tenancy.public(), transaction.atomic():
        _lock()
        keyring.announce_keys()  # another process may have made one while we waited
        if keyring.present().find_signer(at) is not None:
            return
        _make(signs_from=at)
    keyring.announce_keys()


def rotate_signing_keys(*, at: datetime, at_once: bool = False) -> SigningKey:
    """Make a key that signs from ten minutes on, or at once; the present ones verify until their tokens run out."""
    signs_from = at if at_once else at + PUBLISHED_BEFORE
    until = signs_from + api_settings.ACCESS_TOKEN_LIFETIME + _LEEWAY
    with tenancy.public(), transaction.atomic():
        _lock()
        SigningKey.objects.filter(verifies_until=None).update(verifies_until=until)
        made = _make(signs_from=signs_from)
        audit.record("signing_key.rotated", audit.Subject("signing_key", made.kid), after={"signsFrom": signs_from})
    keyring.announce_keys()
    return made


def retire_signing_key(*, kid: str, at: datetime) -> None:
    """Refuse from the next request on whatever this key has signed: for a key that somebody else may have.

    Raises NotFound, and LastSigningKey where no other key signs yet.
    """
    with tenancy.public(), transaction.atomic():
        _lock()
        key = SigningKey.objects.exclude(verifies_until__lte=at).filter(kid=kid).first()
        if key is None:
            raise NotFound(f"There is no key {kid} that verifies; see signing_keys list.")
        others = SigningKey.objects.filter(signs_from__lte=at).exclude(verifies_until__lte=at).exclude(kid=kid)
        if not others.exists():
            raise LastSigningKey("Rotate at once first: signing_keys rotate --now.")
        key.verifies_until = at
        key.save(update_fields=["verifies_until"])
        audit.record("signing_key.retired", audit.Subject("signing_key", kid))
    keyring.announce_keys()


def list_signing_keys() -> list[SigningKey]:
    """All keys, those of the past included, by the instant that they sign from."""
    with tenancy.public():
        return list(SigningKey.objects.all())


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def _make(*, signs_from: datetime) -> SigningKey:
    signs_from = signs_from.replace(microsecond=0)  # tokens say whole seconds
    private_key = Ed25519PrivateKey.generate()
    public_key = private_key.public_key().public_bytes_raw()
    kid = jwk_of(public_key).kid
    sealed = seal(private_key.private_bytes_raw(), label=kid)
    return SigningKey.objects.create(kid=kid, public_key=public_key, sealed_private_key=sealed, signs_from=signs_from)
