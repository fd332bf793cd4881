"""Proof Key for Code Exchange (RFC 7636): whoever began is the only one who can end it."""

import base64
import hashlib

from django.utils.crypto import constant_time_compare


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def fits(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one whose challenge was given at the beginning."""
    return constant_time_compare(challenge_of(verifier), challenge)
