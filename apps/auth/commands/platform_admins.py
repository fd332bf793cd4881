"""Who looks after the installation."""

from datetime import datetime

from django.db import transaction

from apps.auth.models import User
from apps.auth.standing import standings_changed
from apps.core import audit, tenancy
from apps.core.errors import Conflict, NotFound

from .ending import end_sessions


class LastPlatformAdmin(Conflict):
    code, title = "last_platform_admin", "An installation keeps at least one platform administrator"


def set_platform_admin(*, email: str, is_platform_admin: bool, at: datetime) -> User:
    """Make a user a platform administrator, or no longer one; all their sign-ins end, for their tokens say the other.

    Raises NotFound, LastPlatformAdmin.
    """
    with tenancy.public(), transaction.atomic():
        # All of them, in one order: of two who leave at once the second sees that the first has gone
        admins = list(User.objects.select_for_update(no_key=True).filter(is_platform_admin=True).order_by("id"))
        user = User.objects.select_for_update(no_key=True).filter(email=email.strip().lower()).first()
        if user is None:
            raise NotFound(f"There is no user {email}.")
        if user.is_platform_admin == is_platform_admin:
            return user
        if not is_platform_admin and not any(one.is_active and one.id != user.id for one in admins):
            raise LastPlatformAdmin("Make somebody else a platform administrator first.")
        user.is_platform_admin = is_platform_admin
        user.save(update_fields=["is_platform_admin"])
        end_sessions(user_id=user.id, why="platform role changed", at=at)
        told = {"isPlatformAdmin": is_platform_admin}
        audit.record("user.platform_admin_changed", audit.Subject("user", user.id), after=told)
        standings_changed(tenant_id=None)
    return user
