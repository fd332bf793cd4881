"""What the kernel's admin asks of identity."""

from django.http import HttpRequest

from apps.core.actor import Actor

from .actors import actor_of_session
from .commands.page_sign_in import sign_out_page
from .roles import READ
from .standing import has_permission
from .suspension import is_writable


class AdminAccess:
    """Fills `apps.core.admin.access.Access`."""

    def actor(self, request: HttpRequest) -> Actor | None:
        return actor_of_session(request)

    def may(self, actor: Actor, resource: str, action: str) -> bool:
        return has_permission(actor=actor, resource=resource, action=action) and (action == READ or is_writable())

    def sign_out(self, request: HttpRequest) -> None:
        sign_out_page(request)
