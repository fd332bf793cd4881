"""A tenant's own roles: sets of permissions beside the built-in ones. A change counts from the next request on."""

import re
from uuid import UUID

from django.db import transaction

from apps.auth.models import Membership, OwnRole
from apps.auth.models.access import write_permissions
from apps.auth.page_sessions import public_in_sight
from apps.auth.roles import FOR_OWN_ROLES, PERMISSIONS, WRITE, Permission, Permissions
from apps.auth.standing import standings_changed
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, FieldError, Invalid, NotFound, Stale

from .granting import Grantor, grantor_of, lock_tenant

ROLES: Permission = ("roles", WRITE)
MOST_OWN_ROLES = 100
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class RoleExists(Conflict):
    code, title = "role_exists", "There is a role of this name already"


class RoleInUse(Conflict):
    code, title = "role_in_use", "Somebody has this role"


class BuiltInRole(Conflict):
    code, title = "built_in_role", "A built-in role stays as it is"


class TooManyRoles(Conflict):
    code, title = "too_many_roles", "A tenant has at most 100 roles of its own"


class RoleNotFound(NotFound):
    code, title = "role_not_found", "There is no such role here"


def create_role(*, tenant_id: UUID, name: str, permissions: Permissions, actor: Actor) -> OwnRole:
    """Make a role that permits this, and no more than `actor` holds.

    Raises RoleExists, TooManyRoles, GrantsTooMuch, NotYourLocations, and Invalid for an impossible name or permission.
    """
    if not _NAME.fullmatch(name):
        raise Invalid.field("name", "invalid", "Write lower-case letters, digits and dashes, like shift-lead.")
    require_known(permissions, among=FOR_OWN_ROLES)
    with public_in_sight(), transaction.atomic():
        grantor = _lock(tenant_id, actor)
        grantor.require_holding(permissions, at=None)
        own = OwnRole.objects.filter(tenant_id=tenant_id)
        if name in PERMISSIONS or own.filter(name=name).exists():
            raise RoleExists(f"Choose another name than {name}.")
        if own.count() >= MOST_OWN_ROLES:
            raise TooManyRoles("Delete one that nobody has.")
        role = OwnRole.objects.create(tenant_id=tenant_id, name=name, permissions=write_permissions(permissions))
        _audit("role.added", role, actor, before={})
    standings_changed(tenant_id=tenant_id)
    return role


def change_role_permissions(
    *, tenant_id: UUID, name: str, permissions: Permissions, expected_version: int | None, actor: Actor
) -> OwnRole:
    """Have a role permit this instead; `actor` holds what it permitted and what it will permit.

    `expected_version` is the one that the caller has read, None for any. Raises RoleNotFound, BuiltInRole, Stale,
    GrantsTooMuch, NotYourLocations, Invalid.
    """
    require_known(permissions, among=FOR_OWN_ROLES)
    with public_in_sight(), transaction.atomic():
        grantor = _lock(tenant_id, actor)
        role = _own_role(tenant_id, name)
        if expected_version is not None and role.version != expected_version:
            raise Stale("Read the role again and repeat your change on what it says now.")
        grantor.require_holding(role.permission_set() | permissions, at=None)
        before = _told(role)
        role.permissions, role.version = write_permissions(permissions), role.version + 1
        role.save(update_fields=["permissions", "version"])
        _audit("role.changed", role, actor, before=before)
    standings_changed(tenant_id=tenant_id)
    return role


def delete_role(*, tenant_id: UUID, name: str, actor: Actor) -> None:
    """Forget a role that nobody has, be they shut out or not.

    Raises RoleNotFound, BuiltInRole, RoleInUse, GrantsTooMuch, NotYourLocations.
    """
    with public_in_sight(), transaction.atomic():
        grantor = _lock(tenant_id, actor)
        role = _own_role(tenant_id, name)
        grantor.require_holding(role.permission_set(), at=None)
        members = Membership.everybody.filter(tenant_id=tenant_id, role=name).count()
        if members:
            raise RoleInUse(f"{members} member(s) have it; give them another role first.", facts={"members": members})
        subject, before = audit.Subject("role", role.name), _told(role)
        role.delete()
        audit.record("role.removed", subject, actor=actor, tenant_id=tenant_id, before=before, after={})
    standings_changed(tenant_id=tenant_id)


def require_known(permissions: Permissions, *, among: Permissions) -> None:
    """Raises Invalid, naming what is no permission or none that may be given here, and where there is none at all."""
    unknown = sorted(permissions - among)
    if unknown:
        errors = tuple(
            FieldError("permissions", "unknown_permission", f"{resource[:40]}:{action[:20]} cannot be given here.")
            for resource, action in unknown[:10]
        )
        raise Invalid("Check permissions.", errors=errors)
    if not permissions:
        raise Invalid.field("permissions", "empty", "Name at least one permission.")


def _told(role: OwnRole) -> dict[str, object]:
    return {"permissions": role.permissions, "version": role.version}


def _audit(action: str, role: OwnRole, actor: Actor, *, before: dict[str, object]) -> None:
    subject = audit.Subject("role", role.name)
    audit.record(action, subject, actor=actor, tenant_id=role.tenant_id, before=before, after=_told(role))


def _lock(tenant_id: UUID, actor: Actor) -> Grantor:
    lock_tenant(tenant_id)
    grantor = grantor_of(actor, tenant_id=tenant_id)
    grantor.require(ROLES)
    return grantor


def _own_role(tenant_id: UUID, name: str) -> OwnRole:
    if name in PERMISSIONS:
        raise BuiltInRole(f"Make a role of your own beside {name}.")
    role = OwnRole.objects.filter(tenant_id=tenant_id, name=name).first()
    if role is None:
        raise RoleNotFound("Check the role's name; it is not one of this tenant.")
    return role
