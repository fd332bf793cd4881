"""Recovery codes: ten at a time, shown once, each good once."""

import base64
import hashlib
import secrets
from uuid import UUID

from apps.auth.models import RecoveryCode

COUNT = 10
_BYTES = 10  # 80 random bits: nobody tries them out against the fast hash that is kept


def replace_codes(*, user_id: UUID) -> list[str]:
    """Ten new codes in place of all that there were. Runs in the caller's transaction."""
    clear = [_grouped(base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()) for _ in range(COUNT)]
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user_id=user_id, digest=digest_of(code)) for code in clear])
    return clear


def digest_of(code: str) -> bytes:
    """What is kept of a code, however its owner groups and writes it."""
    return hashlib.sha256("".join(filter(str.isalnum, code.lower())).encode()).digest()


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
