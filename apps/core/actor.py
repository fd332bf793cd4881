"""Who does a thing: a person, a machine with a key, another system over Kafka, or the platform itself."""

from enum import StrEnum
from uuid import UUID

import msgspec


class ActorKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    INTEGRATION = "integration"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The one who acts, for event metadata, audit and permission checks.

    `role` is a role of the current tenant; `session_id` the sign-in it comes from, if any. `permissions` are those of
    a role of the tenant's own or of a key, None where the built-in role says them; `locations` are those that the
    actor may touch, None for all. Who is asked is `apps.auth.public.has_permission`. `support_id` is the support
    session in which one of the platform's people acts for a tenant.
    """

    kind: ActorKind
    name: str
    id: UUID | None = None
    role: str = ""
    tenant_id: UUID | None = None
    session_id: UUID | None = None
    is_platform_admin: bool = False
    permissions: frozenset[tuple[str, str]] | None = None
    locations: frozenset[UUID] | None = None
    support_id: UUID | None = None

    @property
    def is_authenticated(self) -> bool:
        """DRF and Django's middleware ask this of `request.user`."""
        return True

    @property
    def is_active(self) -> bool:
        return True

    @property
    def pk(self) -> UUID | None:
        return self.id


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="platform", role="owner")
