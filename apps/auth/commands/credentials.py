"""Whether an e-mail address and a password belong together."""

from apps.auth import attempts
from apps.auth.models import User
from apps.core.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    code, title = "invalid_credentials", "The e-mail address or the password is wrong"


def check_credentials(*, email: str, password: str, address: str) -> User:
    """The active user with this e-mail address and password; `address` is the client's IP address.

    An unknown address, a wrong password and a deactivated user are told alike, after the same work. Raises
    InvalidCredentials, TooManyAttempts. Runs where the public schema is visible.
    """
    email = email.strip().lower()
    attempts.count_attempt(email=email, address=address)
    user = None if "\x00" in email else User.objects.filter(email=email).first()
    if user is None:
        User().set_password(password)  # takes as long as checking one
        raise InvalidCredentials("Check both, and the keyboard's layout.")
    if not user.check_password(password) or not user.is_active:
        raise InvalidCredentials("Check both, and the keyboard's layout.")
    attempts.forget_attempts(email=email, address=address)
    return user
