"""How passwords are kept and which are accepted.

No password runs out and none has to mix kinds of characters: NIST SP 800-63B, section 5.1.1.2, found that both make
people choose weaker ones. Length counts, and a list of common passwords.
"""

from collections.abc import Iterable

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.auth.models import User
from apps.core.errors import Invalid

from .rules import DEFAULTS, SecurityRules

FEWEST_CHARACTERS = 5  # different ones
LONGEST = 1000  # characters; signing in reads no more


class Argon2id(Argon2PasswordHasher):
    """Argon2id by the second recommended option of RFC 9106 (section 4): 64 MiB, 3 passes, 4 lanes."""

    time_cost = 3
    memory_cost = 65536  # KiB
    parallelism = 4


class MonotonousPasswordValidator:
    """Refuses what is one short word again and again: long, and guessed as early as the word."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        if (len(password) > 1 and password in (password + password)[1:-1]) or len(set(password)) < FEWEST_CHARACTERS:
            raise ValidationError("This password repeats itself.", code="password_monotonous")

    def get_help_text(self) -> str:
        return "Your password can't be one word again and again."


def check_password(password: str, *, user: User, rules: Iterable[SecurityRules], field: str = "password") -> None:
    """Raises Invalid for a password that is too short by the strictest of these rules, too long, common or like the
    person's name or e-mail address; `field` is what the client calls it."""
    least = max(one.password_min_length for one in (DEFAULTS, *rules))
    if len(password) < least:
        raise Invalid.field(field, "too_short", f"Use at least {least} characters; a few words do well.")
    if len(password) > LONGEST:
        raise Invalid.field(field, "too_long", f"The password has more than {LONGEST} characters.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field(field, "too_weak", " ".join(error.messages)) from error
