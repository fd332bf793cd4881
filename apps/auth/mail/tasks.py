"""Tasks that write e-mails. The server being away is tried again: six times in about a quarter of an hour."""

from uuid import UUID

from celery import shared_task

from apps.auth.commands.email_change import write_email_changed, write_email_link
from apps.auth.commands.password_reset import write_reset_mail
from apps.auth.invitations.sending import write_invitation
from apps.auth.providers.mails import write_link_mail
from apps.core import clock

_AGAIN = {"autoretry_for": (OSError,), "retry_backoff": 15, "retry_backoff_max": 600, "max_retries": 6}


@shared_task(name="identity.mail_password_reset", public=True, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_password_reset(email: str, page: str, sender: str) -> None:
    """Write to this address, if somebody has it, how to get a new password."""
    write_reset_mail(email=email, page=page, sender=sender)


@shared_task(name="identity.mail_invitation", public=True, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_invitation(invitation_id: str, page: str) -> None:
    """Write an invitation with a new link; the links before it are worth nothing then."""
    write_invitation(invitation_id=UUID(invitation_id), page=page, at=clock.now())


@shared_task(name="identity.mail_provider_linked", public=True, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_provider_linked(to: str, provider: str, email: str, sender: str) -> None:
    """Tell a person that an account at a provider can sign in as them."""
    write_link_mail(to=to, provider=provider, email=email, sender=sender)


@shared_task(name="identity.mail_email_change", public=True, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_email_change(user_id: str, email: str, page: str, sender: str) -> None:
    """Write the link to a person's new address."""
    write_email_link(user_id=UUID(user_id), email=email, page=page, sender=sender)


@shared_task(name="identity.mail_email_changed", public=True, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_email_changed(to: str, email: str, sender: str) -> None:
    """Tell a person's old address which one counts now."""
    write_email_changed(to=to, email=email, sender=sender)
