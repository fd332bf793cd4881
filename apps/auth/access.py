"""What the kernel's admin asks of identity."""

from django.http import HttpRequest

from apps.core.actor import Actor

from .actors import actor_of_session
from .commands.page_sign_in import sign_out_page
from .roles import READ, may
from .suspension import is_writable


class AdminAccess:
    """Fills `apps.core.admin.access.Access`."""

    def actor(self, request: HttpRequest) -> Actor | None:
        return actor_of_session(request)

    def may(self, role: str, resource: str, action: str) -> bool:
        return may(role, resource, action) and (action == READ or is_writable())

    def sign_out(self, request: HttpRequest) -> None:
        sign_out_page(request)
