"""A public key as others read it: JSON Web Key (RFC 7517) of an Ed25519 key (RFC 8037)."""

import base64
import hashlib

import msgspec

ALGORITHM = "EdDSA"


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """One public key; `x` is the key itself, base64url without padding."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = ALGORITHM


def jwk_of(public_key: bytes) -> Jwk:
    """The 32 bytes of a public key as a JWK, named by its thumbprint (RFC 7638)."""
    x = _base64url(public_key)
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return Jwk(kid=_base64url(hashlib.sha256(canonical.encode()).digest()), x=x)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
