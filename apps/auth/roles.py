"""The built-in roles and what each may do: one table, asked by the API, the pages, the admin and the sockets.

A permission is `resource:action`; the actions are `read` and `write`.
"""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    VIEWER = "viewer"


READ, WRITE = "read", "write"
ACTIONS = (READ, WRITE)
RESOURCES = (
    "admin",
    "members",
    "locations",
    "vehicle-types",
    "entries",
    "exits",
    "occupancy",
    "rates",
    "payments",
    "events",
    "rules",
    "reports",
)

_EVERYTHING = frozenset((resource, action) for resource in RESOURCES for action in ACTIONS)
_READ_ALL = frozenset((resource, READ) for resource in RESOURCES)
_READ_SITE = frozenset((r, READ) for r in ("locations", "vehicle-types", "entries", "exits", "occupancy"))
_GATE = _READ_SITE | {("entries", WRITE), ("exits", WRITE), ("payments", WRITE), ("payments", READ), ("rates", READ)}

PERMISSIONS: dict[str, frozenset[tuple[str, str]]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING,
    Role.MANAGER: _EVERYTHING - {("members", WRITE), ("events", WRITE), ("rules", WRITE)},
    Role.OPERATOR: _GATE,
    Role.AUDITOR: _READ_ALL,
    Role.VIEWER: _READ_SITE | {("admin", READ)},
}


def may(role: str, resource: str, action: str) -> bool:
    """Whether a role permits an action on a resource; an unknown role permits nothing."""
    return (resource, action) in PERMISSIONS.get(role, frozenset())
