"""Having a document sent by e-mail."""

from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.billing.models import DocumentMail
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Invalid, TooMany

from .tasks import mail_document

MOST_AN_HOUR: Final = 5
HOUR: Final = timedelta(hours=1)


class TooManyMails(TooMany):
    code, title = "too_many_mails", "This document was sent often enough for now"


@transaction.atomic
def ask_for_mail(*, document: str, number: str, to: str, actor: Actor, at: datetime) -> DocumentMail:
    """Have a document that there is sent to an address; the worker writes the e-mail after the commit.

    A document goes out at most five times an hour, whoever asks. Raises Invalid for what is no address, TooManyMails.
    """
    try:
        validate_email(to)
    except ValidationError:
        raise Invalid.field("to", "invalid_email", "Write an e-mail address.") from None
    asked = DocumentMail.objects.filter(document=document, number=number, asked_at__gt=at - HOUR)
    if asked.count() >= MOST_AN_HOUR:
        raise TooManyMails("Try again in an hour.", retry_after_seconds=int(HOUR.total_seconds()))
    mail = DocumentMail.objects.create(
        document=document, number=number, to=to, asked_by=actor.id, asked_by_name=actor.name, asked_at=at
    )
    audit.record(
        "document.mailed", audit.Subject(document, number), actor=actor, after={"mail": str(mail.id), "to": to}
    )
    transaction.on_commit(lambda: mail_document.delay(str(mail.id)))
    return mail
