"""Having the worker write about a person's own e-mail address, in the name of whom they are signed in to."""

from django.http import HttpRequest

from apps.auth.mfa.enrolling import own_id
from apps.auth.models import User
from apps.auth.page_sessions import public_in_sight
from apps.core import tenancy
from apps.core.actor import Actor

from .tasks import mail_email_change, mail_email_changed

CONFIRM_PAGE = "/confirm-email/"


def mail_new_address(request: HttpRequest, actor: Actor, email: str) -> None:
    """Write the link to the new address."""
    mail_email_change.delay(str(actor.id), email, request.build_absolute_uri(CONFIRM_PAGE), _sender())


def mail_changed_address(actor: Actor, *, old: str) -> None:
    """Tell the old address."""
    with public_in_sight():
        new = User.objects.values_list("email", flat=True).get(id=own_id(actor))
    mail_email_changed.delay(old, new, _sender())


def _sender() -> str:
    tenant = tenancy.find_current()
    return tenant.name if tenant else "Parking"
