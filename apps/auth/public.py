"""What other contexts may call of identity."""

from .actors import actor_of_session
from .api.authentication import actor_of_token
from .pages import member_page, page_context
from .roles import READ, WRITE, Role, may

__all__ = ["READ", "WRITE", "Role", "actor_of_session", "actor_of_token", "may", "member_page", "page_context"]
