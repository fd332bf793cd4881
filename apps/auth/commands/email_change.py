"""Another e-mail address of one's own: it counts when a link to it comes back, and the old one is told."""

from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.auth import attempts
from apps.auth.attempts import Limit
from apps.auth.mail.sending import send
from apps.auth.mfa.checking import Proof, check_second_factor
from apps.auth.mfa.enrolling import check_own_password, lock_checked, own_id
from apps.auth.models import User
from apps.auth.origin import Origin
from apps.auth.signing.once import Word, find_word, seal_word, spend
from apps.core import audit, clock, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id

from .ending import end_sessions
from .password_reset import LinkInvalid

GOOD_FOR = timedelta(hours=1)
_ASKED = Limit(failures=5, window_seconds=3600)


class EmailTaken(Conflict):
    code, title = "email_taken", "There is an account with this address already"


class EmailChange(Word, frozen=True, kw_only=True):
    """What the link carries: whose address becomes what; it dies with the address and password it was made under."""

    user_id: UUID
    email: str
    made_under: str


def ask_for_email(*, email: str, password: str, proof: Proof, actor: Actor, origin: Origin, at: datetime) -> str:
    """Whether the actor may have another address, which is given as it will be kept; the e-mail is the caller's.

    Whether somebody has it is not told. Five an hour. Raises InvalidCredentials, MfaRequired, TooManyAttempts, Invalid.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid.field("newEmail", "invalid", "newEmail: Write it like name@example.com.") from error
    with tenancy.public():
        checked = check_own_password(actor, password, origin.address)
        with transaction.atomic():
            user = lock_checked(checked)
            check_second_factor(user, proof=proof, origin=origin, tenant_id=actor.tenant_id, at=at)
            # Only now: who is asked for a passkey's signature asks a second time with it
            attempts.count_attempt(
                email=f"address of {user.id}", address=origin.address, limit=_ASKED, is_familiar=lambda network: False
            )
            told = {"email": email}
            audit.record(
                "user.email_change_asked", audit.Subject("user", user.id), actor=actor, tenant_id=actor.tenant_id,
                after=told,
            )  # fmt: skip
    return email


def write_email_link(*, user_id: UUID, email: str, page: str, sender: str) -> None:
    """Write the link to `page` to the new address."""
    with tenancy.public():
        user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        return
    until = clock.now() + GOOD_FOR
    word = EmailChange(id=new_id(), expires_at=until, user_id=user.id, email=email, made_under=_fingerprint(user))
    link = f"{page}?token={quote(seal_word(word))}"
    send(to=email, subject="Your new e-mail address", template="email_change", sender=sender, link=link)


def write_email_changed(*, to: str, email: str, sender: str) -> None:
    """Tell the old address which one counts from now on."""
    send(to=to, subject="Your e-mail address was changed", template="email_changed", sender=sender, email=email)


def change_email(*, token: str, actor: Actor, at: datetime) -> str:
    """Have the address of a link count, for who asked for it and is signed in; gives the old one, which is to be told.

    All other sign-ins end. A stranger whose address was typed by mistake gains nothing. Raises LinkInvalid, EmailTaken.
    """
    word = find_word(token, EmailChange, at=at)
    if word is None or word.user_id != own_id(actor):
        raise LinkInvalid("Ask for a new one, signed in as yourself.")
    try:
        with tenancy.public(), transaction.atomic():
            user = User.objects.select_for_update(no_key=True).filter(id=word.user_id, is_active=True).first()
            if user is None or not constant_time_compare(word.made_under, _fingerprint(user)) or not spend(word):
                raise LinkInvalid("Ask for a new one.")
            old, user.email = user.email, word.email
            user.save(update_fields=["email"])
            end_sessions(user_id=user.id, why="e-mail address changed", at=at, but=actor.session_id)
            audit.record(
                "user.email_changed", audit.Subject("user", user.id), actor=actor, tenant_id=actor.tenant_id,
                before={"email": old}, after={"email": user.email},
            )  # fmt: skip
    except IntegrityError as error:
        raise EmailTaken("Sign in with that account, or choose another address.") from error
    return old


def _fingerprint(user: User) -> str:
    return salted_hmac("parking.email_change", f"{user.email}\n{user.password}", algorithm="sha256").hexdigest()
