"""Writing an invitation: the link is made where the e-mail is, and only its hash is kept."""

import hashlib
import secrets
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.db import transaction

from apps.auth.mail.sending import send
from apps.auth.models import Invitation
from apps.core import tenancy


def digest_of(token: str) -> bytes:
    """What is kept of a link's secret of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def write_invitation(*, invitation_id: UUID, page: str, at: datetime) -> None:
    """Give an open invitation a new link to `page`, and write it to the person. A closed one gets nothing."""
    token = secrets.token_urlsafe(32)
    with tenancy.public(), transaction.atomic():
        found = Invitation.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant", "invited_by")
        one = found.filter(id=invitation_id, accepted_at=None, withdrawn_at=None, expires_at__gt=at).first()
        if one is None:
            return
        Invitation.objects.filter(id=one.id).update(digest=digest_of(token))
    send(
        to=one.email,
        subject=f"{one.tenant.name} invites you",
        template="invitation",
        sender=one.tenant.name,
        link=f"{page}?token={quote(token)}",
        host=one.invited_by.get_full_name(),
        role=one.role,
        expires_at=one.expires_at,
    )
