"""The signing keys as this process holds them: read once, and anew when one is made, rotated or retired."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from apps.auth.generations import Mark, Memory, announce_change, read_mark
from apps.auth.models import SigningKey
from apps.core import clock, tenancy

from .jwk import Jwk, jwk_of
from .sealing import find_unsealed

log = structlog.get_logger(__name__)

MARK = "signing-keys"


@dataclass(frozen=True, eq=False)
class Signer:
    """A private key and the instant that it signs from."""

    kid: str
    private_key: Ed25519PrivateKey
    signs_from: datetime


@dataclass(frozen=True, eq=False)
class Keyring:
    """All keys that verify now or soon, the newest last. The same keys are the same object, so that a verified token
    can be remembered beside it."""

    stamp: tuple[object, ...]
    verifiers: dict[str, Ed25519PublicKey]
    signers: tuple[Signer, ...]
    published: tuple[Jwk, ...]

    def find_signer(self, at: datetime) -> Signer | None:
        """The newest key that signs at this instant; None where there is none whose private part can be read."""
        return next((one for one in reversed(self.signers) if one.signs_from <= at), None)


def present() -> Keyring:
    """The keyring of now."""
    return _memory.get(MARK, mark=read_mark(name=MARK))


def under(mark: Mark) -> Keyring:
    """The keyring that belongs to a mark which was asked for along with something else."""
    return _memory.get(MARK, mark=mark)


def at_hand() -> Keyring:
    """The keyring of at most a minute ago, without asking anybody where there is one."""
    return _memory.at_hand(MARK) or present()


def announce_keys() -> None:
    """Have every process read the keys anew. Call it after the commit."""
    announce_change(name=MARK)


_last: Keyring | None = None


def _load(_: str) -> Keyring:
    global _last
    with tenancy.public():
        rows = list(SigningKey.objects.exclude(verifies_until__lte=clock.now()).order_by("signs_from", "kid"))
    stamp = tuple((row.kid, row.signs_from, row.verifies_until, bytes(row.sealed_private_key)) for row in rows)
    kept = _last
    if kept is None or kept.stamp != stamp:
        signers = (_signer(row) for row in rows)
        kept = _last = Keyring(
            stamp=stamp,
            verifiers={row.kid: Ed25519PublicKey.from_public_bytes(bytes(row.public_key)) for row in rows},
            signers=tuple(one for one in signers if one is not None),
            published=tuple(jwk_of(bytes(row.public_key)) for row in rows),
        )
    return kept


def _signer(row: SigningKey) -> Signer | None:
    raw = find_unsealed(bytes(row.sealed_private_key), label=row.kid)
    if raw is None:
        log.warning("signing_key_unreadable", kid=row.kid, why="it was sealed under another SECRET_KEY")
        return None
    return Signer(kid=row.kid, private_key=Ed25519PrivateKey.from_private_bytes(raw), signs_from=row.signs_from)


_memory: Memory[str, Keyring] = Memory(_load)
