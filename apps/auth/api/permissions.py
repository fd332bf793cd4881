"""The permission table, held against each API call."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.auth.roles import READ, WRITE, may
from apps.auth.suspension import require_writable
from apps.core.actor import Actor
from apps.core.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:  # DRF's views read this class from the settings while they load
    from apps.core.api import ApiView


class NotPermitted(Forbidden):
    code, title = "not_permitted", "Your role does not permit this"


class RolePermission(BasePermission):
    """A view names its `resource`; GET reads it and everything else writes it, unless its `actions` says otherwise."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        actor = cast("Actor | None", request.user)
        if actor is None:
            raise Unauthenticated("Send an access token: Authorization: Bearer …; get one by POST auth/login.")
        resource = view.resource
        if not resource:
            return True  # about the actor itself
        usual = READ if request.method in ("GET", "HEAD", "OPTIONS") else WRITE
        action = view.actions.get(request.method or "", usual)
        if actor.tenant_id is None:
            raise NotPermitted("Choose a tenant first, by POST auth/switch-tenant.")
        if not may(actor.role, resource, action):
            raise NotPermitted(f"The role {actor.role} may not {action} {resource}; ask an owner or admin.")
        if action == WRITE:
            require_writable()
        return True
