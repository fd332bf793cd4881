"""How e-mails look: each is a whole document in the sender's name, and says what its text says."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from apps.auth.mail.sending import send

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
KINDS = sorted(path.stem for path in FOLDER.glob("*.txt"))
LINK = "https://acme.parking.example/do/this/?token=abc"


@pytest.mark.parametrize("kind", KINDS)
def test_an_e_mail_is_a_whole_document_and_loads_nothing(kind: str) -> None:
    send(
        to="reader@acme.example",
        subject="Yours",
        template=kind,
        sender="Acme & Sons",
        link=LINK,
        language="de",
        greeting="Guten Tag",
        expires_at=timezone.now(),
    )
    (sent,) = mail.outbox
    ((html, media_type),) = sent.alternatives
    assert media_type == "text/html"
    assert str(html).startswith('<!doctype html>\n<html lang="de">')
    assert "Acme &amp; Sons" in str(html)
    assert "<script" not in str(html)
    assert "<link" not in str(html)
    assert (LINK in str(sent.body)) == (f'href="{LINK}"' in str(html))


def test_there_are_some() -> None:
    assert {"invitation", "password_reset", "document"} <= set(KINDS)
