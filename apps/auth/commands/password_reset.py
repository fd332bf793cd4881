"""A new password by a link in an e-mail."""

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction

from apps.auth import attempts
from apps.auth.attempts import Limit
from apps.auth.mail.sending import send
from apps.auth.models import User
from apps.auth.security.passwords import check_password
from apps.core import audit, tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden

from .credentials import rules_of_person
from .ending import end_sessions

_ASKED = Limit(failures=5, window_seconds=3600)
# Signed over the user's password and last sign-in: the link dies with its use, and with a sign-in by the old password
_links = PasswordResetTokenGenerator()


class LinkInvalid(Forbidden):
    code, title = "link_invalid", "This link is not good any more"


def count_request(*, email: str, address: str) -> None:
    """Five e-mails an hour for an account from one address, known or not. Raises TooManyAttempts."""
    attempts.count_attempt(
        email=f"reset of {email.strip().lower()}", address=address, limit=_ASKED, is_familiar=lambda network: False
    )


def write_reset_mail(*, email: str, page: str, sender: str) -> None:
    """Write the link to `page` to the active user with this address; to anybody else nothing."""
    with tenancy.public():
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            return
        link = f"{page}?token={quote(f'{user.id.hex}.{_links.make_token(user)}')}"
    send(to=user.email, subject="A new password", template="password_reset", sender=sender, link=link)


def reset_password(*, token: str, new: str, at: datetime) -> User:
    """Set a new password by the link's token; all sign-ins end, and a second factor is still asked for.

    Raises LinkInvalid for one that was used, is older than an hour or none of ours, and Invalid for a password that
    the rules of the person's tenants do not take: then the link stays good.
    """
    with tenancy.public(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=_user_id(token), is_active=True).first()
        if user is None or not _links.check_token(user, token.partition(".")[2]):
            raise LinkInvalid("Ask for a new one.")
        check_password(new, user=user, rules=rules_of_person(user), field="newPassword")
        user.set_password(new)
        user.save(update_fields=["password"])
        end_sessions(user_id=user.id, why="password changed", at=at)
        person = Actor(kind=ActorKind.USER, id=user.id, name=user.full_name or user.email)
        audit.record("user.password_reset", audit.Subject("user", user.id), actor=person)
    return user


def _user_id(token: str) -> UUID:
    try:
        return UUID(hex=token.partition(".")[0])
    except ValueError:
        raise LinkInvalid("Ask for a new one.") from None
