"""The permission table: the built-in roles and what each may do, asked by the API, the pages, the admin and sockets.

A permission is `resource:action`; the actions are `read` and `write`. A tenant's own roles and API keys are sets of
the same permissions (`docs/permissions.md`).
"""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    VIEWER = "viewer"


Permission = tuple[str, str]
Permissions = frozenset[Permission]

READ, WRITE = "read", "write"
ACTIONS = (READ, WRITE)
RESOURCES = (
    "admin",
    "members",
    "roles",
    "api-keys",
    "locations",
    "vehicle-types",
    "entries",
    "exits",
    "occupancy",
    "rates",
    "payments",
    "refunds",
    "customers",
    "discounts",
    "validations",
    "invoices",
    "reconciliation",
    "shifts",
    "shift-counts",
    "events",
    "reports",
    "rules",
    "audit",
    "personal-data",
)

# What sets an owner apart: making and unmaking owners. It is in no other role, so nobody else holds what they hold.
OWNERSHIP: Permission = ("ownership", WRITE)

_EVERYTHING = frozenset((resource, action) for resource in RESOURCES for action in ACTIONS)
_READ_ALL = frozenset((resource, READ) for resource in RESOURCES)
_READ_SITE = frozenset((r, READ) for r in ("locations", "vehicle-types", "entries", "exits", "occupancy"))
_GATE = _READ_SITE | {("entries", WRITE), ("exits", WRITE), ("payments", WRITE), ("payments", READ), ("rates", READ),
    ("customers", READ), ("discounts", READ), ("validations", WRITE)}  # fmt: skip
_CASHIER = frozenset({("shifts", READ), ("shifts", WRITE)})
_FOR_ADMINS = frozenset(
    (resource, WRITE) for resource in ("members", "roles", "api-keys", "rules", "events", "audit", "personal-data")
) | {("audit", READ), ("personal-data", READ)}

PERMISSIONS: dict[str, Permissions] = {
    Role.OWNER: _EVERYTHING | {OWNERSHIP},
    Role.ADMIN: _EVERYTHING,
    Role.MANAGER: _EVERYTHING - _FOR_ADMINS,
    Role.OPERATOR: _GATE | _CASHIER,
    Role.AUDITOR: _READ_ALL,
    Role.VIEWER: _READ_SITE | {("admin", READ)},
}

# A tenant's own role may hold all that is in the table but what makes an owner
FOR_OWN_ROLES: Permissions = _EVERYTHING

# What a machine at a gate may be given. Who looks after people, roles, keys and rules is always a person.
FOR_KEYS: Permissions = frozenset(
    (resource, action)
    for resource in (
        "locations", "vehicle-types", "entries", "exits", "occupancy", "rates", "payments", "invoices", "events",
        "reports", "validations",
    )
    for action in ACTIONS
    if (resource, action) in _EVERYTHING
)  # fmt: skip

# What the platform's own people may do in a support session: look, and put sites, prices and entries right. Never
# people, roles, keys, rules or money; nor read out a person's data.
FOR_SUPPORT: Permissions = (_READ_ALL - {("personal-data", READ)}) | {
    (resource, WRITE) for resource in ("locations", "vehicle-types", "entries", "rates")
}

# What concerns all locations at once is nobody's who looks after some of them
_FOR_ALL_LOCATIONS: Permissions = frozenset(
    {
        OWNERSHIP,
        ("events", READ),
        ("invoices", READ),
        ("invoices", WRITE),
        ("audit", READ),
        ("personal-data", READ),
        ("personal-data", WRITE),
        ("roles", WRITE),
        ("rules", WRITE),
        ("vehicle-types", WRITE),
        ("events", WRITE),
        ("customers", READ),
        ("customers", WRITE),
    }
)


def may(role: str, resource: str, action: str) -> bool:
    """Whether a built-in role permits an action on a resource; an unknown role permits nothing."""
    return (resource, action) in PERMISSIONS.get(role, frozenset())


def within(permissions: Permissions, *, narrowed: bool) -> Permissions:
    """What is left of permissions for one who is narrowed to some locations."""
    return permissions - _FOR_ALL_LOCATIONS if narrowed else permissions
