"""What the calls that send documents by e-mail take and answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from apps.billing.models import DocumentMail
from apps.core.api import Answer, Body


class SendTo(Body, frozen=True, kw_only=True):
    """The address that a document goes to."""

    to: Annotated[str, Meta(min_length=3, max_length=254)]


class MailRecord(Answer, frozen=True, kw_only=True):
    """An e-mail with a document: `status` is waiting, sent or failed. Instants are UTC."""

    id: UUID
    number: str
    to: str
    status: str
    attempts: int
    error: str
    asked_at: datetime
    sent_at: datetime | None


def mail_record(mail: DocumentMail) -> MailRecord:
    """An e-mail as the API shows it."""
    return MailRecord(**{name: getattr(mail, name) for name in MailRecord.__struct_fields__})
