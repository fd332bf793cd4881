"""How a key is written: `pk_<prefix>_<secret>`. The prefix finds it and may be shown; the secret has 256 random bits.

Kept is the SHA-256 of the whole. A password needs a slow hash because people choose from few; nobody tries out 2^256,
so argon2 would only cost each gate its time.
"""

import hashlib
import hmac
import re
import secrets

import msgspec

PREFIX = "pk_"
_WRITTEN = re.compile(rf"{PREFIX}([0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}")


class NewSecret(msgspec.Struct, frozen=True):
    """A secret in clear, to be shown once, with what is kept of it."""

    clear: str
    prefix: str
    digest: bytes


def make_secret() -> NewSecret:
    """A secret that nobody has had before."""
    prefix = secrets.token_hex(6)
    clear = f"{PREFIX}{prefix}_{secrets.token_urlsafe(32)}"
    return NewSecret(clear=clear, prefix=prefix, digest=_digest(clear))


def find_prefix(clear: str) -> str | None:
    """The prefix of what is written like a key; None for anything else."""
    written = _WRITTEN.fullmatch(clear)
    return written[1] if written else None


def is_digest_of(digest: bytes, clear: str) -> bool:
    """Whether this is the secret that was kept; takes the same time whatever differs."""
    return hmac.compare_digest(digest, _digest(clear))


def _digest(clear: str) -> bytes:
    return hashlib.sha256(clear.encode()).digest()
