"""What identity does by the clock."""

from datetime import timedelta

from celery import shared_task

from apps.core import clock

from .commands.ending import tell_untold_ends
from .keys.uses import write_noted_uses
from .models import SigningKey, SignInSession, SpentOnce
from .page_sessions import SessionStore

KEPT_DAYS = 30


@shared_task(name="identity.tell_untold_ends", public=True)  # type: ignore[untyped-decorator]
def tell_untold_sign_in_ends() -> None:
    """Tell Redis, when it is back, which sign-ins ended while it was away."""
    tell_untold_ends()


@shared_task(name="identity.write_key_uses", public=True)  # type: ignore[untyped-decorator]
def write_key_uses() -> None:
    """Write when API keys were last used, every minute."""
    write_noted_uses()


@shared_task(name="identity.forget_past", public=True)  # type: ignore[untyped-decorator]
def forget_past() -> None:
    """Delete sign-ins 30 days after they ended or ran out, pages' expired sessions, keys and codes of the past."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    SignInSession.objects.filter(ended_at__lt=before).delete()
    SignInSession.objects.filter(expires_at__lt=before).delete()
    SigningKey.objects.filter(verifies_until__lt=before).delete()
    SpentOnce.objects.filter(expires_at__lt=before).delete()
    SessionStore.clear_expired()
