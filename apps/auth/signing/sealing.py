"""Sealing private keys for the database: AES-256-GCM under a key derived from SECRET_KEY (HKDF, RFC 5869).

So a copy of the database signs nothing. `SECRET_KEY_FALLBACKS` open what was sealed before SECRET_KEY changed.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

_NONCE_BYTES = 12


def seal(secret: bytes, *, label: str) -> bytes:
    """The secret, unreadable without SECRET_KEY; `label` says whose it is, and must be the same for opening."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, secret, label.encode())


def find_unsealed(sealed: bytes, *, label: str) -> bytes | None:
    """What was sealed under this label, or None where neither SECRET_KEY nor a fallback opens it."""
    for secret_key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(secret_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], label.encode())
        except InvalidTag:
            continue
    return None


def _cipher(secret_key: str | bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parking: signing keys").derive(
        force_bytes(secret_key)
    )
    return AESGCM(derived)
