"""Codes of authenticator apps: TOTP as RFC 6238 has it by default, which is what the apps take for granted."""

import base64
import hmac
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS, STEP_SECONDS = 6, 30
SECRET_BYTES = 20  # as long as the hash, RFC 4226, section 4, R6
DRIFT_STEPS = 1  # RFC 6238, section 5.2: one step back, and one ahead for a phone whose clock is fast


def new_secret() -> bytes:
    """160 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def as_typed(secret: bytes) -> str:
    """The secret as a person types it into an app: base32."""
    return base64.b32encode(secret).decode()


def enrollment_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """What an app reads from a picture or a link: `otpauth://totp/…`."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def code_at(secret: bytes, *, at: datetime) -> str:
    """The code that an app shows at this instant."""
    return _totp(secret).generate(int(at.timestamp())).decode()


def find_step(secret: bytes, code: str, *, at: datetime) -> int | None:
    """The step whose code this is, at most one away from this instant's; None for a wrong code."""
    present = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(_totp(secret).generate(step * STEP_SECONDS), code.encode()):
            found = step
    return found


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every app computes; a code's safety rests on HMAC, which collisions do not touch
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)
