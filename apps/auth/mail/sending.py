"""One e-mail, as text and as simple HTML, in a tenant's name."""

from collections.abc import Sequence

import msgspec
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with an e-mail."""

    name: str
    content: bytes
    media_type: str


def send(
    *, to: str, subject: str, template: str, sender: str, attachments: Sequence[Attachment] = (), **facts: object
) -> None:
    """Write `templates/mail/<template>.txt` and `.html` to a person; the `language` is English unless it is a fact.

    Raises OSError where the server is away.
    """
    name = "".join(letter for letter in sender if letter.isalnum() or letter in " -&'").strip() or "Parking"
    context = {**facts, "sender": sender}
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"mail/{template}.txt", context),
        from_email=f"{name} <{settings.DEFAULT_FROM_EMAIL}>",
        to=[to],
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    for file in attachments:
        message.attach(file.name, file.content, file.media_type)
    message.send()
