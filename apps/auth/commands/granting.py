"""Nobody grants what they don't hold: what one who changes members, roles or keys holds, under the tenant's lock."""

from uuid import UUID

import msgspec

from apps.auth.models import Membership, OwnRole, Tenant
from apps.auth.roles import PERMISSIONS, Permission, Permissions, Role, within
from apps.auth.standing import NOTHING, read_standings, standing_among
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.core.reach import Locations


class GrantsTooMuch(Forbidden):
    code, title = "grants_too_much", "You can give and take only what you hold yourself"


class NotYourLocations(Forbidden):
    code, title = "not_your_locations", "This reaches further than your own locations"


class Grantor(msgspec.Struct, frozen=True, kw_only=True):
    """What the one who acts holds at this moment."""

    permissions: Permissions
    locations: Locations = None

    def require(self, permission: Permission) -> None:
        """Raises GrantsTooMuch for one who may not do this at all (any more)."""
        if permission not in self.permissions:
            raise GrantsTooMuch(f"You may not {permission[1]} {permission[0]}; ask an owner or admin.")

    def require_holding(self, permissions: Permissions, *, at: Locations) -> None:
        """Raises GrantsTooMuch, NotYourLocations unless all of these are held at all of these places.

        `permissions` are those of the role or key; of one who is narrowed only what narrowing leaves counts.
        """
        self.require_reach(at)
        missing = within(permissions, narrowed=at is not None) - self.permissions
        if missing:
            named = ", ".join(sorted(f"{resource}:{action}" for resource, action in missing)[:5])
            raise GrantsTooMuch(f"You do not hold {named}; ask somebody who does.")

    def require_reach(self, at: Locations) -> None:
        """Raises NotYourLocations unless these are within the grantor's own locations."""
        if self.locations is not None and (at is None or not at <= self.locations):
            raise NotYourLocations("Name some of your own locations, or ask somebody who looks after all of them.")


_PLATFORM = Grantor(permissions=PERMISSIONS[Role.OWNER])


def lock_tenant(tenant_id: UUID) -> None:
    """Have changes of a tenant's members, roles and keys queue up, each seeing what the last one left.

    Runs in a transaction, where the public schema is visible. Raises NotFound.
    """
    if Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id).only("id").first() is None:
        raise NotFound("There is no such tenant.")


def grantor_of(actor: Actor, *, tenant_id: UUID) -> Grantor:
    """What an actor holds in a tenant now, whatever their token says; the caller has locked the tenant.

    The platform and its administrators hold everything everywhere; a machine grants nothing.
    """
    if actor.kind == ActorKind.SYSTEM or (actor.is_platform_admin and actor.tenant_id is None):
        return _PLATFORM
    if actor.kind != ActorKind.USER or actor.id is None or actor.tenant_id != tenant_id:
        return Grantor(permissions=NOTHING)
    member = Membership.objects.filter(user_id=actor.id, tenant_id=tenant_id, user__is_active=True).first()
    if member is None:
        return Grantor(permissions=NOTHING)
    known = read_standings(tenant_id=tenant_id)
    standing = standing_among(known, role=member.role, user_id=member.user_id)
    held = PERMISSIONS[member.role] if standing.permissions is None else standing.permissions
    return Grantor(permissions=held, locations=standing.locations)


def get_role_permissions(role: str, *, tenant_id: UUID) -> Permissions:
    """What a role of the tenant permits. Raises Invalid for an unknown one."""
    if role in PERMISSIONS:
        return PERMISSIONS[role]
    own = OwnRole.objects.filter(tenant_id=tenant_id, name=role).first()
    if own is None:
        own_names = OwnRole.objects.filter(tenant_id=tenant_id).values_list("name", flat=True)
        names = ", ".join([*Role, *own_names])
        raise Invalid.field("role", "unknown", f"{role[:40]} is no role here; the roles are {names}.")
    return own.permission_set()
