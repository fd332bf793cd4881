"""The permission table, held against each API call."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.auth.roles import READ, WRITE
from apps.auth.standing import has_permission
from apps.auth.suspension import require_writable
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:  # DRF's views read this class from the settings while they load
    from apps.core.api import ApiView


class NotPermitted(Forbidden):
    code, title = "not_permitted", "You are not permitted to do this"


class RolePermission(BasePermission):
    """A view names its `resource`; GET reads it and everything else writes it, unless its `actions` says otherwise."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        actor = cast("Actor | None", request.user)
        if actor is None:
            raise Unauthenticated("Send an access token: Authorization: Bearer …; get one by POST auth/login.")
        resource = view.resource
        if not resource:  # about the one who asks, as a person
            if actor.kind == ActorKind.API_KEY:
                raise NotPermitted("This is for people; a key may do what its permissions say, and nothing else.")
            if actor.support_id is not None and request.method not in ("GET", "HEAD", "OPTIONS"):
                raise NotPermitted("This is about yourself: leave the support session first.")
            return True
        usual = READ if request.method in ("GET", "HEAD", "OPTIONS") else WRITE
        action = view.actions.get(request.method or "", usual)
        if actor.tenant_id is None:
            raise NotPermitted("Choose a tenant first, by POST auth/switch-tenant.")
        if not has_permission(actor=actor, resource=resource, action=action):
            who = "This key" if actor.kind == ActorKind.API_KEY else f"The role {actor.role}"
            where = " for some locations alone" if actor.locations is not None else ""
            raise NotPermitted(f"{who}{where} may not {action} {resource}; ask an owner or admin.")
        if action == WRITE:
            require_writable()
        return True
