"""What clients send to auth/users, auth/roles and auth/api-keys, and what those answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from apps.auth.keys.secrets import PREFIX
from apps.auth.models import ApiKey, Membership, OwnRole
from apps.auth.roles import ACTIONS, RESOURCES, Permissions
from apps.core.api import Answer, Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import Page, PageQuery
from apps.core.errors import Invalid

from .bodies import Email

FullName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
RoleName = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Places = Annotated[list[UUID], msgspec.Meta(max_length=1000, description="ids of locations; null for all")]


class NewUser(Body, frozen=True, kw_only=True):
    """POST auth/users. Without `locations` the member acts at all of them."""

    email: Email
    full_name: FullName
    role: RoleName
    locations: Places | None = None


class UserChange(Body, frozen=True, kw_only=True):
    """PATCH auth/users/{id}: what is given is changed, in this tenant alone. `locations` null gives all back."""

    full_name: FullName | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    locations: Places | None | UnsetType = UNSET


class RoleOfUser(Body, frozen=True, kw_only=True):
    """PUT auth/users/{id}/role."""

    role: RoleName


class UsersQuery(PageQuery, frozen=True, kw_only=True):
    """GET auth/users."""

    role: RoleName | None = None


class PermissionRow(Body, frozen=True, kw_only=True):
    """What may be done with a resource."""

    resource: Word
    actions: Annotated[list[Word], msgspec.Meta(max_length=10)]


PermissionRows = Annotated[list[PermissionRow], msgspec.Meta(max_length=100)]


class NewRole(Body, frozen=True, kw_only=True):
    """POST auth/roles."""

    name: RoleName
    permissions: PermissionRows


class RoleChange(Body, frozen=True, kw_only=True):
    """PATCH auth/roles/{name}: the permissions it has from now on."""

    permissions: PermissionRows


class NewApiKey(Body, frozen=True, kw_only=True):
    """POST auth/api-keys. Without `expiresAt` it works until it is revoked."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    permissions: PermissionRows
    locations: Places | None = None
    expires_at: Instant | None = None


class Rotation(Body, frozen=True, kw_only=True):
    """POST auth/api-keys/{id}/rotate: for how many hours the old secret works beside the new one."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24


class MemberAnswer(Answer, frozen=True, kw_only=True):
    """A member of the tenant; `locations` null means all. Nothing of what the person is elsewhere."""

    id: UUID
    email: str
    full_name: str
    role: str
    locations: list[UUID] | None
    is_active: bool
    joined_at: datetime


class MemberList(Page, frozen=True, kw_only=True):
    """Members by e-mail address."""

    items: Sequence[MemberAnswer]


class PermissionAnswer(Answer, frozen=True, kw_only=True):
    """What one may do with a resource."""

    resource: str
    actions: list[str]


class RoleAnswer(Answer, frozen=True, kw_only=True):
    """A role; `version` is the ETag of one of the tenant's own, null for a built-in one."""

    name: str
    built_in: bool
    permissions: list[PermissionAnswer]
    version: int | None


class RoleList(Page, frozen=True, kw_only=True):
    """The built-in roles and the tenant's own, of which there are few."""

    items: Sequence[RoleAnswer]


class ApiKeyAnswer(Answer, frozen=True, kw_only=True):
    """A key without its secret. `prefixes` are how its secrets begin; `lastUsedAt` is about two minutes behind.

    `makerIsMember` tells whether the person who made it is still an active member.
    """

    id: UUID
    name: str
    prefixes: list[str]
    permissions: list[PermissionAnswer]
    locations: list[UUID] | None
    created_by: UUID | None
    maker_is_member: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ApiKeyList(Page, frozen=True, kw_only=True):
    """Keys by name."""

    items: Sequence[ApiKeyAnswer]


class ShownApiKey(Answer, frozen=True, kw_only=True):
    """A key with its new secret, which is shown this once."""

    api_key: ApiKeyAnswer
    secret: str


def read_rows(rows: Sequence[PermissionRow]) -> Permissions:
    """Permissions from the wire. Raises Invalid for a resource that is named twice."""
    if len({row.resource for row in rows}) < len(rows):
        raise Invalid.field("permissions", "duplicate_resource", "Name each resource once, with all its actions.")
    return frozenset((row.resource, action) for row in rows for action in row.actions)


def rows_of(permissions: Permissions) -> list[PermissionAnswer]:
    """Permissions as the wire has them, in the table's order."""
    order = {resource: place for place, resource in enumerate(RESOURCES)}
    resources = sorted({resource for resource, _ in permissions}, key=lambda one: (order.get(one, len(order)), one))
    return [
        PermissionAnswer(resource=resource, actions=[action for action in ACTIONS if (resource, action) in permissions])
        for resource in resources
    ]


def member_answer(member: Membership) -> MemberAnswer:
    """A member; needs `select_related("user")`."""
    return MemberAnswer(
        id=member.user_id,
        email=member.user.email,
        full_name=member.full_name or member.user.full_name,
        role=member.role,
        locations=member.locations,
        is_active=member.is_active,
        joined_at=member.created_at,
    )


def role_answer(role: OwnRole) -> RoleAnswer:
    """One of the tenant's own roles."""
    rows = rows_of(role.permission_set())
    return RoleAnswer(name=role.name, built_in=False, permissions=rows, version=role.version)


def api_key_answer(key: ApiKey, *, makers: frozenset[UUID]) -> ApiKeyAnswer:
    """A key; needs `prefetch_related("secrets")`. `makers` are the users among the makers who are active members."""
    return ApiKeyAnswer(
        id=key.id,
        name=key.name,
        prefixes=[f"{PREFIX}{secret.prefix}" for secret in key.secrets.all()],
        permissions=rows_of(key.permission_set()),
        locations=key.locations,
        created_by=key.created_by_id,
        maker_is_member=key.created_by_id in makers,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )
