"""Making a person's account, and making people members, for whoever sets an installation up."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.auth.models import Tenant, User
from apps.auth.roles import Role
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import Conflict, Invalid, NotFound

from .members import add_member

_LONGEST_PASSWORD = 1000  # characters; signing in reads no more


class UserExists(Conflict):
    code, title = "user_exists", "There is a user with this e-mail address already"


class TenantNotFound(NotFound):
    code, title = "tenant_not_found", "There is no such tenant"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What somebody becomes: a role in the tenant of this short name."""

    slug: str
    role: str


def check_place(*, place: Place) -> Tenant:
    """The tenant of a place. Raises TenantNotFound, and Invalid for an unknown role."""
    if place.role not in set(Role):
        raise Invalid.field("role", "unknown", f"{place.role} is no role; the roles are {', '.join(Role)}.")
    with tenancy.public():
        tenant: Tenant | None = Tenant.objects.filter(slug=place.slug).first()
        known = ", ".join(Tenant.objects.values_list("slug", flat=True)) or "none"
    if tenant is None:
        raise TenantNotFound(f"There is no tenant {place.slug}; the tenants are: {known}.")
    return tenant


def find_user(*, email: str) -> User | None:
    """The user with this e-mail address, in whatever case it is written."""
    with tenancy.public():
        return User.objects.filter(email=email.strip().lower()).first()


def create_user(
    *, email: str, password: str, full_name: str = "", is_platform_admin: bool = False, place: Place | None = None
) -> User:
    """Make a user, and a member of a tenant where a place is given: both or neither.

    Raises UserExists, TenantNotFound, and Invalid for an unusable e-mail address, name, password or role.
    """
    tenant = check_place(place=place) if place else None
    user = User(email=email.strip().lower(), full_name=full_name.strip(), is_platform_admin=is_platform_admin)
    _check(user, password)
    user.set_password(password)
    try:
        with tenancy.public(), transaction.atomic():
            user.save(force_insert=True)
            if place and tenant:
                add_member(user_id=user.id, tenant_id=tenant.id, role=place.role, actor=SYSTEM)
    except IntegrityError as error:
        raise UserExists(f"There is a user {user.email} already.") from error
    return user


def join_tenant(*, user: User, place: Place) -> None:
    """Make an existing user a member. Raises AlreadyAMember, TenantNotFound, and Invalid for an unknown role."""
    tenant = check_place(place=place)
    add_member(user_id=user.id, tenant_id=tenant.id, role=place.role, actor=SYSTEM)


def _check(user: User, password: str) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise Invalid.field(field, "invalid", f"{field}: {' '.join(error.message_dict[field])}") from error
    if len(password) > _LONGEST_PASSWORD:
        raise Invalid.field("password", "too_long", f"The password has more than {_LONGEST_PASSWORD} characters.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field("password", "too_weak", " ".join(error.messages)) from error
