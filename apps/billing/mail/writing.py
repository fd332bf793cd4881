"""Writing an e-mail with its document attached."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from apps.auth.public import Attachment, send_mail
from apps.billing.documents import find_locale
from apps.billing.documents.invoice import invoice_pdf
from apps.billing.documents.pdf import words_of
from apps.billing.invoicing.content import content_of
from apps.billing.letterheads import get_letterhead
from apps.billing.models import DocumentMail, Invoice
from apps.billing.receipt_files import receipt_file

MOST_ATTEMPTS: Final = 7
_LONGEST_ERROR: Final = 300


class Enclosed(msgspec.Struct, frozen=True, kw_only=True):
    """A document for an e-mail: its file, and who issues it in which language (BCP 47)."""

    file: bytes
    sender: str
    language: str


def write_mail(*, mail_id: UUID, at: datetime) -> None:
    """Send the document and note it, at `at` (UTC); one that was sent is not sent again.

    No lock is held while the mail server is waited for: a task that is delivered twice at the same moment may send
    twice, and none is lost. Raises OSError where the server is away, which is noted as well.
    """
    mail = DocumentMail.objects.get(id=mail_id)
    if mail.status != DocumentMail.Status.WAITING:
        return
    mail.attempts += 1
    try:
        _send(mail)
        mail.status, mail.sent_at, mail.error = DocumentMail.Status.SENT, at, ""
    except OSError as error:
        mail.error = str(error)[:_LONGEST_ERROR]
        if mail.attempts >= MOST_ATTEMPTS:
            mail.status = DocumentMail.Status.FAILED
        raise
    finally:
        mail.save(update_fields=["attempts", "status", "sent_at", "error"])


def _send(mail: DocumentMail) -> None:
    enclosed = _ENCLOSED[mail.document](mail.number)
    words = words_of("mail", find_locale(enclosed.language).language)
    subject = words[f"{mail.document}_subject"].format(sender=enclosed.sender, number=mail.number)
    send_mail(
        to=mail.to,
        subject=subject,
        template="document",
        sender=enclosed.sender,
        attachments=[Attachment(name=f"{mail.number}.pdf", content=enclosed.file, media_type="application/pdf")],
        greeting=words["greeting"],
        sentence=words[f"{mail.document}_sentence"].format(sender=enclosed.sender, number=mail.number),
        closing=words["closing"],
        language=enclosed.language,
    )


def _receipt(number: str) -> Enclosed:
    setting = get_letterhead()
    file = receipt_file(number=number, roll=False)
    return Enclosed(file=file, sender=setting.legal_name, language=setting.language)


def _invoice(number: str) -> Enclosed:
    invoice = Invoice.objects.get(number=number)
    content = content_of(invoice)
    return Enclosed(file=invoice_pdf(invoice), sender=content.supplier.name, language=content.language)


_ENCLOSED: Final[dict[str, Callable[[str], Enclosed]]] = {
    DocumentMail.Document.RECEIPT: _receipt,
    DocumentMail.Document.INVOICE: _invoice,
}
