"""A new password. It ends whatever was signed in with the old one."""

from datetime import datetime

from django.db import transaction

from apps.auth.models import User
from apps.auth.security.passwords import check_password
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import NotFound, Unauthenticated

from .credentials import InvalidCredentials, check_credentials, rules_of_person
from .ending import end_sessions


def change_own_password(*, actor: Actor, current: str, new: str, address: str, at: datetime) -> User:
    """Change the actor's password; all other sign-ins end, the present one goes on.

    A wrong `current` password counts as a failed sign-in from this IP address. Raises InvalidCredentials,
    TooManyAttempts, and Invalid for a new password that the rules of one's tenants do not take.
    """
    assert actor.id is not None, "only people have passwords"
    with tenancy.public():
        email = User.objects.filter(id=actor.id, is_active=True).values_list("email", flat=True).first()
        if email is None:
            raise Unauthenticated("This user has been deactivated.")
        checked = check_credentials(email=email, password=current, address=address, tenant_id=actor.tenant_id)
        check_password(new, user=checked, rules=rules_of_person(checked), field="newPassword")
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(id=checked.id)
            if user.password != checked.password:  # changed by somebody else since it was looked at
                raise InvalidCredentials
            _set(user, new)
            end_sessions(user_id=user.id, why="password changed", at=at, but=actor.session_id)
            audit.record(
                "user.password_changed", audit.Subject("user", user.id), actor=actor, tenant_id=actor.tenant_id
            )
    return user


def set_password(*, email: str, password: str, at: datetime) -> User:
    """Give a person a new password, for whoever looks after the installation; all their sign-ins end.

    Raises NotFound, and Invalid for a password that the rules of the person's tenants do not take.
    """
    with tenancy.public(), transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(email=email.strip().lower()).first()
        if user is None:
            raise NotFound(f"There is no user {email}.")
        check_password(password, user=user, rules=rules_of_person(user))
        _set(user, password)
        end_sessions(user_id=user.id, why="password changed", at=at)
        audit.record("user.password_set", audit.Subject("user", user.id))
    return user


def _set(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
