"""What other contexts may call of identity.

Pages sign people in and out by `sign_in_page` and `sign_out_page`, which count attempts and rotate the session.
"""

from .actors import actor_of_session
from .api.authentication import actor_of_token
from .commands.demo import demo_staff, ensure_demo_accounts
from .commands.page_sign_in import sign_in_page, sign_out_page
from .pages import member_page, page_context
from .roles import READ, WRITE, Role, may
from .sockets import NOT_SIGNED_IN, close_when_signed_out

__all__ = [
    "NOT_SIGNED_IN",
    "READ",
    "WRITE",
    "Role",
    "actor_of_session",
    "actor_of_token",
    "close_when_signed_out",
    "demo_staff",
    "ensure_demo_accounts",
    "may",
    "member_page",
    "page_context",
    "sign_in_page",
    "sign_out_page",
]
