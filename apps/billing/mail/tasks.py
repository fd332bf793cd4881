"""The task that writes an e-mail. A server that is away is tried again: six times in about a quarter of an hour."""

from uuid import UUID

from celery import shared_task

from apps.core import clock

from .writing import MOST_ATTEMPTS, write_mail

_AGAIN = {"autoretry_for": (OSError,), "retry_backoff": 15, "retry_backoff_max": 600}


@shared_task(name="billing.mail_document", max_retries=MOST_ATTEMPTS - 1, **_AGAIN)  # type: ignore[untyped-decorator]
def mail_document(mail_id: str) -> None:
    """Write the e-mail that was asked for, unless it is written."""
    write_mail(mail_id=UUID(mail_id), at=clock.now())
