"""Calls about the installation itself: for platform administrators, signed in to no tenant."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.auth.models import User
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from apps.core.api import ApiView


class NotThePlatform(Forbidden):
    code, title = "not_permitted", "This is for platform administrators"


class PlatformPermission(BasePermission):
    """Asked of the database each time: such calls are few, and the flag may have been withdrawn."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        actor = cast("Actor | None", request.user)
        if actor is None:
            raise Unauthenticated("Send an access token: Authorization: Bearer …; get one by POST auth/login.")
        if (
            actor.id is None
            or not actor.is_platform_admin
            or actor.tenant_id is not None
            or tenancy.find_current() is not None
        ):
            raise NotThePlatform("Sign in as a platform administrator, at the platform's own host and to no tenant.")
        with tenancy.public():
            if not User.objects.filter(id=actor.id, is_active=True, is_platform_admin=True).exists():
                raise NotThePlatform("You are no platform administrator any more.")
        return True
