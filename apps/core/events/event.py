"""What an event is: a frozen struct in the past tense, carrying ids and plain values."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from apps.core.tenancy import TenantRef


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every event. The class name is the event's type on the wire; its fields, in camelCase, the data."""

    aggregate_type: ClassVar[str]
    schema_version: ClassVar[int] = 1


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A stored event as the relay hands it to a subscriber.

    `version` is the aggregate's, counting its events from 1; `occurred_at` is UTC.
    """

    position: int
    id: UUID
    type: str
    schema_version: int
    tenant: TenantRef
    aggregate_type: str
    aggregate_id: UUID
    version: int
    occurred_at: datetime
    data: dict[str, Any]
    metadata: dict[str, Any]
